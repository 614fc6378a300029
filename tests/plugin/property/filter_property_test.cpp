// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What holds for SemanticFilter on every cloud, tried on random ones, with the fake session.
#include <algorithm>
#include <cmath>
#include <iterator>

#include "tests/plugin/conformance/filtering.h"
#include "tests/plugin/conformance/point_types.h"
#include "tests/plugin/property/random_cloud.h"
#include "tests/support/fake_session.h"
#include "treewalk/pcl/semantic_filter.h"

namespace treewalk::test {
namespace {

constexpr int blocks = 10;

// The layout of the cloud at hand, as a form is a type.
struct LayoutAtHand {
  static BlobLayout& layout() {
    static BlobLayout layout;
    return layout;
  }
};

template <typename FormOfClouds>
struct FilterOn {
  using Form = FormOfClouds;
  using Filter = SemanticFilter<typename Form::Point>;
  static Filter make(bool extract_removed) { return Filter(extract_removed); }
};

template <typename Form>
std::unique_ptr<Filtering> filter_of(const Scene& scene, const RandomOptions& options) {
  auto filter = std::make_unique<FilteringOf<FilterOn<Form>>>(true);
  filter->filter().setModel(FakeModel::make());
  filter->filter().setClasses(options.classes);
  filter->filter().setMinConfidence(options.min_confidence);
  filter->set_input(scene);
  if (options.indices) filter->set_indices(*options.indices);
  filter->set_negative(options.negative);
  filter->set_user_value(options.user_value);
  return filter;
}

using MakeFilter = std::unique_ptr<Filtering> (*)(const Scene&, const RandomOptions&);

template <typename... PointTs>
std::vector<MakeFilter> for_points() {
  return {filter_of<Points<PointTs>>...};
}

// All of PCL_XYZ_POINT_TYPES.
const std::vector<MakeFilter> on_points =
    for_points<pcl::PointXYZ, pcl::PointXYZI, pcl::PointXYZL, pcl::PointXYZRGBA, pcl::PointXYZRGB, pcl::PointXYZRGBL,
               pcl::PointXYZLAB, pcl::PointXYZHSV, pcl::InterestPoint, pcl::PointNormal, pcl::PointXYZRGBNormal,
               pcl::PointXYZINormal, pcl::PointXYZLNormal, pcl::PointWithRange, pcl::PointWithViewpoint,
               pcl::PointWithScale, pcl::PointSurfel, pcl::PointDEM>();

/// A cloud as a random point type and as a random blob, and what is asked of it.
struct Trial {
  explicit Trial(std::uint64_t seed) {
    Dice dice(seed);
    // One in 37 is larger, one in 499 is large.
    scene = random_scene(dice, seed % 499 == 7 ? 100000 : seed % 37 == 7 ? 3000 : 150);
    options = random_options(dice, scene.points.size());
    LayoutAtHand::layout() = random_layout(dice);
    makers = {on_points[dice.below(on_points.size())], filter_of<Blobs<LayoutAtHand>>};
    queries = options.indices.value_or(all_indices(scene.points.size()));
  }
  Scene scene;
  RandomOptions options;
  std::vector<MakeFilter> makers;
  pcl::Indices queries;
};

// The rule of the fake session, and that of SemanticSettings.
Split expected(const Trial& trial) {
  std::vector<bool> chosen;
  for (const double height : fake_heights(trial.scene)) {
    const std::uint32_t id = height < 1 ? 1 : height < 2 ? 2 : 9;
    const auto& classes = trial.options.classes;
    chosen.push_back((classes.empty() || std::count(classes.begin(), classes.end(), id) > 0) &&
                     static_cast<float>(0.5 + (height - std::floor(height)) / 2) >= trial.options.min_confidence);
  }
  return split_of(trial.scene, chosen, trial.queries, trial.options.negative);
}

pcl::Indices sorted(pcl::Indices indices) {
  std::sort(indices.begin(), indices.end());
  return indices;
}

pcl::Indices together(const pcl::Indices& a, const pcl::Indices& b) {
  pcl::Indices both = a;
  both.insert(both.end(), b.begin(), b.end());
  return sorted(both);
}

class FilterProperty : public testing::TestWithParam<int> {
 protected:
  static void for_each_trial(const std::function<void(const Trial&, const MakeFilter&)>& check) {
    for_each_seed(GetParam(), blocks, TREEWALK_PROPERTY_CLOUDS, [&](std::uint64_t seed) {
      const Trial trial(seed);
      for (const MakeFilter& make : trial.makers) check(trial, make);
    });
  }
};

TEST_P(FilterProperty, KeptAndRemovedPartitionTheIndicesAscending) {
  for_each_trial([](const Trial& trial, const MakeFilter& make) {
    const auto filter = make(trial.scene, trial.options);
    const pcl::Indices kept = filter->indices(), removed = filter->removed();
    EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
    EXPECT_TRUE(std::is_sorted(removed.begin(), removed.end()));
    EXPECT_EQ(together(kept, removed), sorted(trial.queries));
    const Split split = expected(trial);
    EXPECT_EQ(kept, split.kept);
    EXPECT_EQ(removed, split.removed);
  });
}

TEST_P(FilterProperty, NegativeIsTheComplementAmongFinitePoints) {
  for_each_trial([](const Trial& trial, const MakeFilter& make) {
    const auto filter = make(trial.scene, trial.options);
    const pcl::Indices kept = filter->indices();
    filter->set_negative(!trial.options.negative);
    pcl::Indices finite;
    for (const auto index : sorted(trial.queries))
      if (is_finite(trial.scene.points[static_cast<std::size_t>(index)])) finite.push_back(index);
    EXPECT_EQ(together(kept, filter->indices()), finite);
  });
}

TEST_P(FilterProperty, NonFinitePointsAreAsIfAbsent) {
  for_each_trial([](const Trial& trial, const MakeFilter& make) {
    const pcl::Indices finite = finite_indices(trial.scene);
    RandomOptions options = trial.options;
    if (options.indices) {
      pcl::Indices places;
      for (const auto index : *trial.options.indices) {
        const auto found = std::lower_bound(finite.begin(), finite.end(), index);
        if (found != finite.end() && *found == index)
          places.push_back(static_cast<pcl::index_t>(std::distance(finite.begin(), found)));
      }
      options.indices = places;
    }
    pcl::Indices kept = make(points_at(trial.scene, finite), options)->indices();
    for (auto& index : kept) index = finite[static_cast<std::size_t>(index)];
    EXPECT_EQ(make(trial.scene, trial.options)->indices(), kept);
  });
}

TEST_P(FilterProperty, CloudsAreThoseOfTheIndices) {
  for_each_trial([](const Trial& trial, const MakeFilter& make) {
    const auto filter = make(trial.scene, trial.options);
    const pcl::Indices kept = filter->indices(), removed = filter->removed();
    const Picture input = filter->input(), output = filter->output();
    // PCL keeps the organisation of points where all are kept.
    const bool whole = kept.size() == trial.scene.points.size() && make != trial.makers[1];
    EXPECT_EQ(output, whole ? input : input.at(kept));
    EXPECT_TRUE(output.is_dense);
    EXPECT_TRUE(same_header_and_pose(output, input));

    filter->set_keep_organized(true);
    Picture overwritten = input;
    for (const auto index : removed)
      overwritten.position[static_cast<std::size_t>(index)].fill(trial.options.user_value);
    const Picture organised = filter->output();
    EXPECT_EQ(organised, overwritten);
    EXPECT_EQ(organised.is_dense, overwritten.has_only_finite_points());
    EXPECT_TRUE(same_header_and_pose(organised, input));
    EXPECT_EQ(filter->removed(), removed);
    EXPECT_EQ(filter->input(), input) << "the input stays";
  });
}

TEST_P(FilterProperty, AgainAndInPlaceGiveTheSame) {
  for_each_trial([](const Trial& trial, const MakeFilter& make) {
    for (const bool keep_organized : {false, true}) {
      const auto filter = make(trial.scene, trial.options);
      filter->set_keep_organized(keep_organized);
      const Picture once = filter->output();
      const pcl::Indices removed = filter->removed();
      EXPECT_EQ(filter->output(), once);
      EXPECT_EQ(filter->removed(), removed);
      const Picture here = filter->in_place();
      EXPECT_EQ(here, once);
      EXPECT_EQ(here.is_dense, once.is_dense);
      EXPECT_TRUE(same_header_and_pose(here, once));
      EXPECT_EQ(filter->removed(), removed);
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Random, FilterProperty, testing::Range(0, blocks));

}  // namespace
}  // namespace treewalk::test
