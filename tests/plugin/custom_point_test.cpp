// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// A point type that neither PCL nor treewalk knows: its fields in another order, x in the middle, and more of them.
#define PCL_NO_PRECOMPILE
#include <gtest/gtest.h>
#include <pcl/point_types.h>
#include <pcl/register_point_struct.h>

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

}  // namespace
}  // namespace treewalk
