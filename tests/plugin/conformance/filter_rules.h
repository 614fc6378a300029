// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What PCL asks of every filter over indices, as a typed suite. A subject is a type with
//   Form, Filter       the form of its clouds (forms.h), and the class that filters them
//   name               as the table of deviations has it
//   make(extract)      a filter, ready to run but for its input; extract: whether it tells what it removed
//   chosen(scene)      whether each point passes; the filter sees the whole scene
//   example(holes)     example_scene(holes), or a variant that the filter can take
#pragma once

#include <algorithm>
#include <limits>

#include "tests/plugin/conformance/deviations.h"
#include "tests/plugin/conformance/filtering.h"
#include "tests/plugin/conformance/quiet.h"

namespace treewalk::test {

template <typename Subject>
class FilterConformance : public Conformance {
 protected:
  FilterConformance() : Conformance(Subject::name) {}

  static std::unique_ptr<Filtering> filter_of(const Scene& scene, bool extract_removed = true) {
    auto filter = std::make_unique<FilteringOf<Subject>>(extract_removed);
    filter->set_input(scene);
    return filter;
  }
  static Split expected(const Scene& scene, bool negative = false) {
    return expected(scene, negative, all_indices(scene.points.size()));
  }
  static Split expected(const Scene& scene, bool negative, const pcl::Indices& queries) {
    return split_of(scene, Subject::chosen(scene), queries, negative);
  }
  /// Without order and without the lowest point, which the fake session's heights are counted from.
  static pcl::Indices some_indices() { return {23, 1, 11, 20, 5, 8, 2, 14, 9, 17, 4}; }

 private:
  Quiet quiet_;
};
TYPED_TEST_SUITE_P(FilterConformance);

// Indices.

TYPED_TEST_P(FilterConformance, KeepsTheChosenPointsAndRemovesTheOthers) {
  const Scene scene = TypeParam::example(false);
  const auto filter = this->filter_of(scene);
  const Split split = this->expected(scene);
  ASSERT_FALSE(split.kept.empty() || split.removed.empty());
  EXPECT_EQ(filter->indices(), split.kept) << "kept";
  EXPECT_EQ(filter->removed(), split.removed) << "removed";
}

TYPED_TEST_P(FilterConformance, NegativeKeepsTheComplement) {
  const Scene scene = TypeParam::example(false);
  const auto filter = this->filter_of(scene);
  const Split split = this->expected(scene);
  filter->set_negative(true);
  EXPECT_EQ(filter->indices(), split.removed) << "kept";
  EXPECT_EQ(filter->removed(), split.kept) << "removed";
}

TYPED_TEST_P(FilterConformance, NonFinitePointsAreRemovedInBothPolarities) {
  Scene scene = TypeParam::example(true);
  for (const bool is_dense : {false, true})  // the second time, the cloud promises what it does not keep
    for (const bool negative : {false, true}) {
      scene.is_dense = is_dense;
      const auto filter = this->filter_of(scene);
      filter->set_negative(negative);
      const Split split = this->expected(scene, negative);
      EXPECT_EQ(filter->indices(), split.kept) << "kept";
      EXPECT_EQ(filter->removed(), split.removed) << "removed";
      EXPECT_EQ(filter->output(), filter->input().at(split.kept)) << "cloud";
    }
}

TYPED_TEST_P(FilterConformance, RemovedAndKeptAreTheGivenIndices) {
  const Scene scene = TypeParam::example(false);
  for (const bool negative : {false, true}) {
    const auto filter = this->filter_of(scene);
    pcl::Indices given = this->some_indices();
    std::sort(given.begin(), given.end());
    filter->set_indices(given);
    filter->set_negative(negative);
    const Split split = this->expected(scene, negative, given);  // the neighbourhood is the whole scene
    EXPECT_EQ(filter->indices(), split.kept) << "kept";
    EXPECT_EQ(filter->removed(), split.removed) << "removed";
    EXPECT_EQ(filter->output(), filter->input().at(split.kept)) << "cloud";
    EXPECT_EQ(filter->removed(), split.removed) << "removed after a cloud";
  }
}

TYPED_TEST_P(FilterConformance, IndicesComeBackAscending) {
  const Scene scene = TypeParam::example(false);
  pcl::Indices given = this->some_indices();
  const auto filter = this->filter_of(scene);
  filter->set_indices(given);
  const Split split = this->expected(scene, false, given);
  EXPECT_EQ(filter->indices(), split.kept) << "order";
  EXPECT_EQ(filter->removed(), split.removed) << "order";
  EXPECT_EQ(filter->output(), filter->input().at(split.kept)) << "order";
}

TYPED_TEST_P(FilterConformance, NoIndicesGiveNoPoints) {
  const auto filter = this->filter_of(TypeParam::example(false));
  filter->set_indices({});
  EXPECT_EQ(filter->indices(), pcl::Indices()) << "kept";
  EXPECT_EQ(filter->removed(), pcl::Indices()) << "removed";
  EXPECT_EQ(filter->output().position.size(), 0u) << "cloud";
}

TYPED_TEST_P(FilterConformance, RemovedIndicesOnlyOnDemand) {
  const Scene scene = TypeParam::example(false);
  const auto filter = this->filter_of(scene, false);
  EXPECT_EQ(filter->indices(), this->expected(scene).kept) << "kept";
  EXPECT_EQ(filter->removed(), pcl::Indices()) << "removed";
  EXPECT_EQ(filter->output().position.size(), this->expected(scene).kept.size()) << "cloud";
  EXPECT_EQ(filter->removed(), pcl::Indices()) << "removed";
}

// Clouds.

TYPED_TEST_P(FilterConformance, CloudHoldsTheKeptPointsWithAllTheirFields) {
  const Scene scene = TypeParam::example(false);
  for (const bool negative : {false, true}) {
    const auto filter = this->filter_of(scene);
    filter->set_negative(negative);
    const Split split = this->expected(scene, negative);
    const Picture output = filter->output();
    EXPECT_EQ(output, filter->input().at(split.kept)) << "cloud";
    EXPECT_EQ(output.position.size(), scene.points.size() - filter->removed().size()) << "removed after a cloud";
  }
}

TYPED_TEST_P(FilterConformance, HeaderAndPoseAreTheInputs) {
  const Scene scene = TypeParam::example(false);
  for (const bool keep_organized : {false, true}) {
    const auto filter = this->filter_of(scene);
    filter->set_keep_organized(keep_organized);
    EXPECT_TRUE(same_header_and_pose(filter->output(), filter->input())) << "another cloud";
    const Picture before = filter->input();
    EXPECT_TRUE(same_header_and_pose(filter->in_place(), before)) << "in place";
  }
}

TYPED_TEST_P(FilterConformance, DenseMeansThatEveryPointIsFinite) {
  const auto check = [](Filtering& filter) {
    const Picture output = filter.output();
    EXPECT_EQ(output.is_dense, output.has_only_finite_points()) << "dense";
  };
  Scene scene = TypeParam::example(false);
  for (const bool is_dense : {true, false})
    for (const bool negative : {false, true}) {
      scene.is_dense = is_dense;
      const auto filter = this->filter_of(scene);
      filter->set_negative(negative);
      check(*filter);
      filter->set_keep_organized(true);
      check(*filter);
      filter->set_user_value(5);
      check(*filter);
    }
}

TYPED_TEST_P(FilterConformance, KeepOrganizedOverwritesCoordinatesOfRemovedPointsAlone) {
  const Scene scene = TypeParam::example(false);
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), 4.5f})
    for (const bool negative : {false, true})
      for (const bool some : {false, true}) {
        const auto filter = this->filter_of(scene);
        pcl::Indices given = some ? this->some_indices() : all_indices(scene.points.size());
        std::sort(given.begin(), given.end());
        if (some) filter->set_indices(given);
        filter->set_negative(negative);
        filter->set_keep_organized(true);
        if (value == value) filter->set_user_value(value);  // NaN is what it is by default
        const Split split = this->expected(scene, negative, given);
        Picture expected = filter->input();
        for (const auto index : split.removed) expected.position[static_cast<std::size_t>(index)].fill(value);
        EXPECT_EQ(filter->output(), expected) << "cloud";
        EXPECT_EQ(filter->removed(), split.removed) << "removed after a cloud";
        EXPECT_EQ(filter->indices(), split.kept) << "kept";
      }
}

TYPED_TEST_P(FilterConformance, KeepOrganizedTurnsRemovedIndicesOn) {
  const Scene scene = TypeParam::example(false);
  const auto filter = this->filter_of(scene, false);
  filter->set_keep_organized(true);
  EXPECT_EQ(filter->output().position.size(), scene.points.size());
  EXPECT_EQ(filter->removed(), this->expected(scene).removed) << "removed after a cloud";
}

// pcl::copyPointCloud keeps the organisation then; blobs become one row.
TYPED_TEST_P(FilterConformance, AllPointsMayBeKept) {
  const Scene whole = TypeParam::example(false);
  Scene scene = points_at(whole, this->expected(whole).removed);
  ASSERT_EQ(scene.points.size() % 2, 0u);
  if (whole.height > 1) scene.width /= scene.height = 2;
  ASSERT_TRUE(this->expected(scene, true).removed.empty());
  const auto filter = this->filter_of(scene);
  filter->set_negative(true);
  const pcl::Indices all = all_indices(scene.points.size());
  EXPECT_EQ(filter->indices(), all) << "kept";
  EXPECT_EQ(filter->removed(), pcl::Indices()) << "removed";
  EXPECT_EQ(filter->output(), TypeParam::Form::is_blob ? filter->input().at(all) : filter->input()) << "cloud";
}

// Runs.

TYPED_TEST_P(FilterConformance, RunsAgainWithTheSameResult) {
  const Scene scene = TypeParam::example(false);
  const auto filter = this->filter_of(scene);
  const pcl::Indices first = filter->indices(), removed = filter->removed();
  const Picture cloud = filter->output();
  EXPECT_EQ(filter->indices(), first) << "kept";
  EXPECT_EQ(filter->removed(), removed) << "removed";
  EXPECT_EQ(filter->output(), cloud) << "cloud";
  EXPECT_EQ(filter->removed(), removed) << "removed after a cloud";
}

TYPED_TEST_P(FilterConformance, OptionsMayChangeBetweenRuns) {
  const Scene scene = TypeParam::example(false);
  const auto filter = this->filter_of(scene);
  const Picture cloud = filter->output();
  filter->set_keep_organized(true);
  filter->set_negative(true);
  filter->output();
  filter->set_negative(false);
  filter->set_keep_organized(false);
  EXPECT_EQ(filter->output(), cloud) << "cloud";
  EXPECT_EQ(filter->indices(), this->expected(scene).kept) << "kept";
  EXPECT_EQ(filter->removed(), this->expected(scene).removed) << "removed";
}

TYPED_TEST_P(FilterConformance, InPlaceEqualsOutOfPlace) {
  for (const bool keep_organized : {false, true})
    for (const bool negative : {false, true}) {
      const auto filter = this->filter_of(TypeParam::example(false));
      filter->set_keep_organized(keep_organized);
      filter->set_negative(negative);
      const Picture elsewhere = filter->output(), here = filter->in_place();
      EXPECT_EQ(here, elsewhere) << "cloud";
      EXPECT_EQ(here.is_dense, elsewhere.is_dense) << "dense";
    }
}

TYPED_TEST_P(FilterConformance, InputStaysAsItWas) {
  const auto filter = this->filter_of(TypeParam::example(false));
  const Picture before = filter->input();
  for (const bool keep_organized : {false, true}) {
    filter->set_keep_organized(keep_organized);
    filter->indices();
    filter->output();
    EXPECT_EQ(filter->input(), before);
    EXPECT_EQ(filter->input().is_dense, before.is_dense);
    EXPECT_TRUE(same_header_and_pose(filter->input(), before));
  }
}

TYPED_TEST_P(FilterConformance, OwnIndicesFollowTheSizeOfTheCloud) {
  const Scene large = TypeParam::example(false), small = first_points(large, 9);
  const auto filter = this->filter_of(small);
  for (const Scene& scene : {small, large, small}) {
    filter->set_input(scene);
    EXPECT_EQ(filter->indices(), this->expected(scene).kept) << "kept";
    EXPECT_EQ(filter->removed(), this->expected(scene).removed) << "removed";
  }
}

TYPED_TEST_P(FilterConformance, GivenIndicesStayInForceForTheNextCloud) {
  const Scene large = TypeParam::example(false), small = first_points(large, 9);
  const pcl::Indices given{1, 2, 4, 8};
  const auto filter = this->filter_of(small);
  filter->set_indices(given);
  for (const Scene& scene : {small, large, small}) {
    filter->set_input(scene);
    EXPECT_EQ(filter->indices(), this->expected(scene, false, given).kept) << "kept";
    EXPECT_EQ(filter->removed(), this->expected(scene, false, given).removed) << "removed";
    EXPECT_EQ(filter->output().position.size(), this->expected(scene, false, given).kept.size()) << "cloud";
  }
}

TYPED_TEST_P(FilterConformance, EmptyCloudsGiveEmptyClouds) {
  for (const bool keep_organized : {false, true}) {
    const auto filter = this->filter_of(first_points(TypeParam::example(false), 0));
    filter->set_keep_organized(keep_organized);
    EXPECT_EQ(filter->indices(), pcl::Indices()) << "kept";
    EXPECT_EQ(filter->removed(), pcl::Indices()) << "removed";
    const Picture output = filter->output();
    EXPECT_EQ(output.width * output.height, 0u) << "cloud";
    EXPECT_EQ(output.fields, filter->input().fields) << "cloud";
    EXPECT_EQ(output.flaw, "") << "cloud";
  }
}

TYPED_TEST_P(FilterConformance, WithoutInputOutputsStayAsTheyWere) {
  FilteringOf<TypeParam> filter(true);
  EXPECT_EQ(filter.indices(), (pcl::Indices{7, 7, 7})) << "kept";
  EXPECT_EQ(filter.output(), filter.untouched()) << "cloud";
}

TYPED_TEST_P(FilterConformance, GettersReturnWhatSettersTook) {
  const auto filter = this->filter_of(TypeParam::example(false));
  for (const bool negative : {true, false})
    for (const bool keep_organized : {true, false}) {
      filter->set_negative(negative);
      filter->set_keep_organized(keep_organized);
      filter->set_indices({3, 1});
      filter->output();
      EXPECT_TRUE(filter->returns(negative, keep_organized, {3, 1}));
    }
}

REGISTER_TYPED_TEST_SUITE_P(FilterConformance, KeepsTheChosenPointsAndRemovesTheOthers, NegativeKeepsTheComplement,
                            NonFinitePointsAreRemovedInBothPolarities, RemovedAndKeptAreTheGivenIndices,
                            IndicesComeBackAscending, NoIndicesGiveNoPoints, RemovedIndicesOnlyOnDemand,
                            CloudHoldsTheKeptPointsWithAllTheirFields, HeaderAndPoseAreTheInputs,
                            DenseMeansThatEveryPointIsFinite, KeepOrganizedOverwritesCoordinatesOfRemovedPointsAlone,
                            KeepOrganizedTurnsRemovedIndicesOn, AllPointsMayBeKept, RunsAgainWithTheSameResult,
                            OptionsMayChangeBetweenRuns, InPlaceEqualsOutOfPlace, InputStaysAsItWas,
                            OwnIndicesFollowTheSizeOfTheCloud, GivenIndicesStayInForceForTheNextCloud,
                            EmptyCloudsGiveEmptyClouds, WithoutInputOutputsStayAsTheyWere,
                            GettersReturnWhatSettersTook);

}  // namespace treewalk::test
