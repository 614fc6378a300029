// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What treewalk's filters promise beyond PCL's, which read out of bounds where these report an error. Subjects are
// those of filter_rules.h, whose filters keep an error message.
#pragma once

#include "tests/plugin/conformance/filter_rules.h"
#include "tests/support/fake_session.h"

namespace treewalk::test {

template <typename Subject>
class StrictFilterConformance : public FilterConformance<Subject> {
 protected:
  using Runner = FilteringOf<Subject>;

  static void expect_nothing(Runner& runner, const char* message) {
    EXPECT_EQ(runner.indices(), pcl::Indices());
    EXPECT_EQ(runner.removed(), pcl::Indices());
    const Picture output = runner.output();
    EXPECT_EQ(output.width * output.height, 0u);
    EXPECT_EQ(output.position.size(), 0u);
    EXPECT_EQ(output.bytes, 0u);
    EXPECT_EQ(output.flaw, "");
    EXPECT_EQ(runner.removed(), pcl::Indices());
    EXPECT_NE(runner.filter().getErrorMessage().find(message), std::string::npos) << runner.filter().getErrorMessage();
  }
};
TYPED_TEST_SUITE_P(StrictFilterConformance);

TYPED_TEST_P(StrictFilterConformance, BadIndicesAreAnErrorAndEmptyTheOutputs) {
  const Scene scene = TypeParam::example(true);
  for (const auto& [bad, message] :
       {std::pair<pcl::Indices, const char*>{{0, 24}, "the index 24 at position 1 is outside of the cloud"},
        {{-1}, "the index -1 at position 0"}})
    for (const bool keep_organized : {false, true}) {
      typename TestFixture::Runner runner(true);
      runner.set_input(scene);
      runner.set_keep_organized(keep_organized);
      runner.output();
      runner.set_indices(bad);
      this->expect_nothing(runner, message);
      runner.set_indices({0});
      EXPECT_EQ(runner.indices().size() + runner.removed().size(), 1u);
      EXPECT_EQ(runner.filter().getErrorMessage(), "");
    }
}

TYPED_TEST_P(StrictFilterConformance, AnIndexGivenTwiceCountsTwice) {
  const Scene scene = TypeParam::example(true);
  const pcl::Indices given{3, 4, 3, 20, 20, 5, 5};
  for (const bool negative : {false, true}) {
    typename TestFixture::Runner runner(true);
    runner.set_input(scene);
    runner.set_indices(given);
    runner.set_negative(negative);
    const Split split = split_of(scene, TypeParam::chosen(scene), given, negative);
    EXPECT_EQ(runner.indices(), split.kept);
    EXPECT_EQ(runner.removed(), split.removed);
    EXPECT_EQ(split.kept.size() + split.removed.size(), given.size());
    EXPECT_EQ(runner.output(), runner.input().at(split.kept));
  }
}

TYPED_TEST_P(StrictFilterConformance, IndicesThatASmallerCloudDoesNotHaveAreAnError) {
  const Scene scene = TypeParam::example(true);
  typename TestFixture::Runner runner(true);
  runner.set_input(scene);
  runner.set_indices({1, 20});
  EXPECT_EQ(runner.indices().size() + runner.removed().size(), 2u);
  runner.set_input(first_points(scene, 20));
  this->expect_nothing(runner, "the index 20 at position 1 is outside of the cloud, which has 20 points");
  runner.set_input(first_points(scene, 0));
  this->expect_nothing(runner, "which has 0 points");
  runner.set_input(first_points(scene, 21));
  EXPECT_EQ(runner.indices().size() + runner.removed().size(), 2u);
}

TYPED_TEST_P(StrictFilterConformance, FailedRunsEmptyTheOutputsAndSayWhy) {
  for (const bool keep_organized : {false, true}) {
    typename TestFixture::Runner runner(true);
    runner.set_input(TypeParam::example(true));
    runner.set_keep_organized(keep_organized);
    const Picture output = runner.output();
    runner.filter().setModel(FakeModel::make("no such field"));
    this->expect_nothing(runner, "'no such field'");
    runner.filter().setModel(FakeModel::make());
    runner.filter().setProgressCallback([](double, const std::string&) { return false; });
    this->expect_nothing(runner, "cancelled");
    runner.filter().setProgressCallback(nullptr);
    EXPECT_EQ(runner.output(), output);
    EXPECT_EQ(runner.filter().getErrorMessage(), "");
  }
}

TYPED_TEST_P(StrictFilterConformance, EmptyAndNonFiniteCloudsAreNoError) {
  Scene scene = points_at(TypeParam::example(true), {5, 11, 5});
  for (const std::size_t points : {0, 3})
    for (const bool keep_organized : {false, true})
      for (const bool negative : {false, true}) {
        typename TestFixture::Runner runner(true);
        runner.set_input(first_points(scene, points));
        runner.set_keep_organized(keep_organized);
        runner.set_negative(negative);
        EXPECT_EQ(runner.indices(), pcl::Indices());
        EXPECT_EQ(runner.removed(), all_indices(points));
        EXPECT_EQ(runner.output().position.size(), keep_organized ? points : 0);
        EXPECT_EQ(runner.filter().getErrorMessage(), "");
      }
}

// Where an input lies about `is_dense`, or non-finite points lie outside of the indices, too.
TYPED_TEST_P(StrictFilterConformance, DenseIsTrueExactlyWhereNothingNonFiniteIsLeft) {
  for (const bool holes : {false, true})
    for (const bool claim : {false, true})
      for (const bool keep_organized : {false, true})
        for (const float value : {std::numeric_limits<float>::quiet_NaN(), 4.5f})
          for (const pcl::Indices& given :
               {all_indices(24), pcl::Indices{0, 5, 11}, pcl::Indices{1}, pcl::Indices{0}}) {
            Scene scene = TypeParam::example(holes);
            scene.is_dense = claim;
            typename TestFixture::Runner runner(true);
            runner.set_input(scene);
            runner.set_indices(given);
            runner.set_keep_organized(keep_organized);
            runner.set_user_value(value);
            const Picture output = runner.output();
            EXPECT_EQ(output.is_dense, output.has_only_finite_points())
                << holes << claim << keep_organized << value << " " << given.size();
          }
}

TYPED_TEST_P(StrictFilterConformance, OutputsHaveNoGapsBetweenRows) {
  for (const bool keep_organized : {false, true}) {
    typename TestFixture::Runner runner(true);
    runner.set_input(TypeParam::example(true));
    runner.set_keep_organized(keep_organized);
    const Picture output = runner.output();
    EXPECT_EQ(output.row_step, output.width * output.point_step);
    EXPECT_EQ(output.bytes, output.height * output.row_step);
    EXPECT_EQ(output.point_step, runner.input().point_step);
  }
}

REGISTER_TYPED_TEST_SUITE_P(StrictFilterConformance, BadIndicesAreAnErrorAndEmptyTheOutputs,
                            AnIndexGivenTwiceCountsTwice, IndicesThatASmallerCloudDoesNotHaveAreAnError,
                            FailedRunsEmptyTheOutputsAndSayWhy, EmptyAndNonFiniteCloudsAreNoError,
                            OutputsHaveNoGapsBetweenRows, DenseIsTrueExactlyWhereNothingNonFiniteIsLeft);

}  // namespace treewalk::test
