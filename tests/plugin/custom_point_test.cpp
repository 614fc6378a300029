// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Point types that neither PCL nor treewalk knows: fields in another order, x in the middle, and more of them; and for
// the search also types that are not registered.
#define PCL_NO_PRECOMPILE
#include <gtest/gtest.h>
#include <pcl/point_types.h>
#include <pcl/register_point_struct.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/fake_session.h"
#include "treewalk/pcl/knn_graph.h"
#include "treewalk/pcl/knn_search.h"
#include "treewalk/pcl/octree_hierarchy.h"
#include "treewalk/pcl/semantic_filter.h"
#include "treewalk/pcl/semantic_segmentation.h"
#include "treewalk/pcl/shape_classifier.h"

struct LidarPoint {
  double time = 0;
  PCL_ADD_POINT4D;
  std::uint16_t ring = 0;
  float echo[3] = {0, 0, 0};
  PCL_MAKE_ALIGNED_OPERATOR_NEW
} EIGEN_ALIGN16;

POINT_CLOUD_REGISTER_POINT_STRUCT(LidarPoint, (double, time,
                                               time)(float, x, x)(float, y, y)(float, z, z)(std::uint16_t, ring,
                                                                                            ring)(float[3], echo, echo))

// As programs have them: derived from a type of PCL, without a default constructor; or with members alone.
struct DerivedPoint : pcl::PointXYZI {
  DerivedPoint(float x_, float y_, float z_) { x = x_, y = y_, z = z_; }
};
struct UnregisteredPoint {
  char name[3];
  double z, y;
  float w;
  double x;
  UnregisteredPoint(double x_, double y_, double z_) : z(z_), y(y_), w(1), x(x_) {}
};

namespace treewalk {
namespace {

pcl::PointCloud<LidarPoint>::Ptr make_cloud() {
  const auto cloud = pcl::make_shared<pcl::PointCloud<LidarPoint>>(5, 1);
  for (std::size_t i = 0; i < 5; ++i) {
    (*cloud)[i].x = static_cast<float>(i * i);
    (*cloud)[i].y = 0;
    (*cloud)[i].z = static_cast<float>(i);
    (*cloud)[i].ring = static_cast<std::uint16_t>(i);
    (*cloud)[i].echo[2] = 0.5f;
  }
  return cloud;
}

TEST(CustomPoint, IsFilteredWithAllItsFields) {
  SemanticFilter<LidarPoint> filter;
  filter.setModel(FakeModel::make("echo"));
  filter.setClasses({"wall"});
  filter.setInputCloud(make_cloud());
  pcl::PointCloud<LidarPoint> output;
  filter.filter(output);
  ASSERT_EQ(output.size(), 3u) << filter.getErrorMessage();
  EXPECT_EQ(output[0].ring, 2);
  EXPECT_EQ(output[0].echo[2], 0.5f);
}

TEST(CustomPoint, IsSegmentedAndClassified) {
  SemanticSegmentation<LidarPoint> segmentation;
  segmentation.setModel(FakeModel::make());
  segmentation.setInputCloud(make_cloud());
  pcl::PointCloud<pcl::PointXYZL> labelled;
  segmentation.segment(labelled);
  ASSERT_EQ(labelled.size(), 5u);
  EXPECT_EQ(labelled[1].label, 2u);
  ShapeClassifier<LidarPoint> classifier;
  classifier.setModel(FakeModel::make());
  classifier.setInputCloud(make_cloud());
  std::vector<ClassScore> scores;
  classifier.classify(scores);
  EXPECT_EQ(scores.size(), 2u);
}

TEST(CustomPoint, HasAGraphASearchAndAnOctree) {
  KnnGraph<LidarPoint> knn;
  knn.setInputCloud(make_cloud());
  knn.setK(1);
  KnnGraphArrays graph;
  knn.compute(graph);
  EXPECT_EQ(graph.column, (std::vector<std::int32_t>{1, 0, 1, 2, 3}));
  KnnSearch<LidarPoint> search;
  search.setInputCloud(make_cloud());
  pcl::Indices index;
  std::vector<float> distance;
  EXPECT_EQ(search.nearestKSearch(3, 2, index, distance), 2);
  EXPECT_EQ(index, (pcl::Indices{3, 2}));
  OctreeHierarchy<LidarPoint> hierarchy;
  hierarchy.setInputCloud(make_cloud());
  hierarchy.setDepth(3);
  OctreeArrays octree;
  hierarchy.compute(octree);
  EXPECT_EQ(octree.level.size(), 4u);
}

// A grid of 11 x 11 x 11 points at steps of a tenth.
template <typename PointT>
typename pcl::PointCloud<PointT>::Ptr make_grid() {
  const auto cloud = pcl::make_shared<pcl::PointCloud<PointT>>();
  for (int i = 0; i < 11 * 11 * 11; ++i)
    cloud->points.emplace_back(0.1f * static_cast<float>(i % 11), 0.1f * static_cast<float>(i / 11 % 11),
                               0.1f * static_cast<float>(i / 121));
  cloud->width = static_cast<std::uint32_t>(cloud->points.size());
  return cloud;
}

template <typename PointT>
void check_against_all_distances() {
  const auto cloud = make_grid<PointT>();
  const PointT query(0.51f, 0.52f, 0.43f);
  std::vector<std::pair<double, int>> all;
  for (const PointT& p : cloud->points)
    all.emplace_back(std::pow(p.x - query.x, 2) + std::pow(p.y - query.y, 2) + std::pow(p.z - query.z, 2),
                     static_cast<int>(all.size()));
  std::sort(all.begin(), all.end());
  const auto inside = [&](double radius) {
    return std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.first < radius * radius; });
  };

  KnnSearch<PointT> search;
  search.setInputCloud(cloud);
  ASSERT_EQ(search.getErrorMessage(), "");
  pcl::Indices index;
  std::vector<float> distance;
  ASSERT_EQ(search.nearestKSearch(query, 20, index, distance), 20);
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(index[i], all[i].second) << i;
    EXPECT_NEAR(distance[i], all[i].first, 1e-6) << i;
  }
  ASSERT_GT(inside(0.25), 10);
  EXPECT_EQ(search.radiusSearch(query, 0.25, index, distance), inside(0.25));
  EXPECT_EQ(search.radiusSearch(query, 0.25, index, distance, 100000), inside(0.25)) << "more than there are";
  EXPECT_EQ(search.radiusSearch(query, 0.25, index, distance, 3), 3);
  EXPECT_EQ(search.radiusSearch(query, std::numeric_limits<double>::infinity(), index, distance), 1331);
  pcl::PointCloud<PointT> none;
  search.setInputCloud(none.makeShared());
  EXPECT_EQ(search.nearestKSearch(query, 20, index, distance), 0);
}

// A graph and an octree are what they are of the same points in PCL's own type.
template <typename PointT>
void check_structure() {
  const auto plain = make_grid<pcl::PointXYZ>();
  const auto cloud = make_grid<PointT>();
  const auto indices = pcl::make_shared<pcl::Indices>(pcl::Indices{3, 700, 5, 4});
  for (const bool some : {false, true}) {
    KnnGraph<PointT> knn;
    KnnGraph<pcl::PointXYZ> plain_knn;
    OctreeHierarchy<PointT> octree;
    knn.setInputCloud(cloud);
    plain_knn.setInputCloud(plain);
    octree.setInputCloud(cloud);
    if (some) {
      knn.setIndices(indices);
      plain_knn.setIndices(indices);
      octree.setIndices(indices);
    }
    KnnGraphArrays graph, plain_graph;
    knn.compute(graph);
    plain_knn.compute(plain_graph);
    EXPECT_EQ(knn.getErrorMessage(), "");
    EXPECT_EQ(graph.offset, plain_graph.offset);
    EXPECT_EQ(graph.column.size(), some ? 12u : 1331u * 16);
    if (some) {
      EXPECT_EQ(graph.column, plain_graph.column);
    }
    OctreeArrays arrays;
    octree.compute(arrays);
    EXPECT_EQ(arrays.order.size(), some ? 4u : 1331u);
  }
}

TEST(CustomPoint, OfADerivedOrUnregisteredTypeHasAGraphAndAnOctree) {
  check_structure<DerivedPoint>();
  check_structure<UnregisteredPoint>();
}

TEST(CustomPoint, OfADerivedTypeIsSearched) { check_against_all_distances<DerivedPoint>(); }

TEST(CustomPoint, OfAnUnregisteredTypeIsSearched) { check_against_all_distances<UnregisteredPoint>(); }

}  // namespace
}  // namespace treewalk
