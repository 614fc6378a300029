// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The suite's own check: PCL's filters keep the rules, but for the table of deviations.
#include <pcl/filters/passthrough.h>
#include <pcl/filters/radius_outlier_removal.h>
#include <pcl/point_types.h>

#include "tests/plugin/conformance/filter_rules.h"
#include "tests/plugin/conformance/layouts.h"

namespace treewalk::test {
namespace {

/// What is a metre or more above the lowest point of the example, by an interval of z.
template <typename FormOfClouds>
struct PassThroughOn {
  using Form = FormOfClouds;
  using Filter = pcl::PassThrough<typename Form::Point>;
  static constexpr const char* name = Form::is_blob ? "PassThrough<PCLPointCloud2>" : "PassThrough";
  static Filter make(bool extract_removed) {
    Filter filter(extract_removed);
    filter.setFilterFieldName("z");
    filter.setFilterLimits(-2, 10);
    return filter;
  }
  static std::vector<bool> chosen(const Scene& scene) {
    std::vector<bool> result;
    for (const Position& point : scene.points) result.push_back(point[2] >= -2);
    return result;
  }
  static Scene example(bool holes) { return example_scene(holes); }
};

/// Points with two others within 1.5 m; the other filters of the suite look at single points. An organised cloud would
/// have to be a projection.
template <typename FormOfClouds>
struct RadiusOutlierRemovalOn {
  using Form = FormOfClouds;
  using Filter = pcl::RadiusOutlierRemoval<typename Form::Point>;
  static constexpr const char* name = Form::is_blob ? "RadiusOutlierRemoval<PCLPointCloud2>" : "RadiusOutlierRemoval";
  static Filter make(bool extract_removed) {
    Filter filter(extract_removed);
    filter.setRadiusSearch(1.5);
    filter.setMinNeighborsInRadius(2);
    return filter;
  }
  static std::vector<bool> chosen(const Scene& scene) {
    std::vector<bool> result;
    for (const Position& a : scene.points) {
      int neighbours = -1;  // not itself
      for (const Position& b : scene.points)
        neighbours += (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]) <=
                      1.5f * 1.5f;
      result.push_back(neighbours >= 2);
    }
    return result;
  }
  static Scene example(bool) { return unorganised(example_scene(false)); }  // see below
};

using OnPoints = testing::Types<PassThroughOn<Points<pcl::PointXYZ>>, PassThroughOn<Points<pcl::PointXYZRGBNormal>>,
                                RadiusOutlierRemovalOn<Points<pcl::PointXYZ>>,
                                RadiusOutlierRemovalOn<Points<pcl::PointXYZRGBNormal>>>;
using OnBlobs =
    testing::Types<PassThroughOn<Blobs<PlainLayout>>, PassThroughOn<Blobs<ShuffledFields>>,
                   RadiusOutlierRemovalOn<Blobs<PlainLayout>>, RadiusOutlierRemovalOn<Blobs<ShuffledFields>>>;
INSTANTIATE_TYPED_TEST_SUITE_P(PclPoints, FilterConformance, OnPoints);
INSTANTIATE_TYPED_TEST_SUITE_P(PclBlobs, FilterConformance, OnBlobs);

// Two flaws that need a test of their own.

TEST(PclFilters, RadiusOutlierRemovalEndsTheProgramAtANonFinitePoint) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        FilteringOf<RadiusOutlierRemovalOn<Points<pcl::PointXYZ>>> filter(true);
        filter.set_input(unorganised(example_scene(true)));
        filter.indices();
      },
      "Invalid \\(NaN, Inf\\) point coordinates");
}

TEST(PclFilters, RadiusOutlierRemovalOfBlobsTellsWhereInTheIndicesTheRemovedPointsWere) {
  Scene scene;
  for (const float x : {0, 0, 0, 9}) scene.points.push_back({x, x / 3, 0});
  FilteringOf<RadiusOutlierRemovalOn<Blobs<PlainLayout>>> filter(true);
  filter.set_input(unorganised(scene));
  filter.set_indices({1, 3});
  filter.output();
  EXPECT_EQ(filter.removed(), (pcl::Indices{1})) << "point 3 was removed";
}

}  // namespace
}  // namespace treewalk::test
