// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// KnnSearch beside pcl::search::KdTree, by itself and inside PCL's own algorithms.
#include "treewalk/pcl/knn_search.h"

#include <gtest/gtest.h>
#include <pcl/console/print.h>
#include <pcl/features/normal_3d.h>
#include <pcl/point_representation.h>
#include <pcl/point_types.h>
#include <pcl/registration/icp.h>
#include <pcl/segmentation/region_growing.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <thread>

#include "tests/plugin/knn_support.h"
#include "tests/support/point_types.h"

namespace treewalk {
namespace {

using test::expect_same;
using test::finite;
using test::make_cloud;

template <typename PointT>
struct KnnSearchOf : testing::Test {};
TYPED_TEST_SUITE(KnnSearchOf, test::XyzPointTypes);

TYPED_TEST(KnnSearchOf, AgreesWithKdTreeInEveryForm) {
  const auto cloud = make_cloud<TypeParam>(700, 1);
  const auto some = pcl::make_shared<pcl::Indices>();
  for (int i = 699; i >= 0; i -= 2) some->push_back(i);
  for (const pcl::IndicesConstPtr& indices : {pcl::IndicesConstPtr(), pcl::IndicesConstPtr(some)}) {
    KnnSearch<TypeParam> ours;
    pcl::search::KdTree<TypeParam> theirs;
    ours.setInputCloud(cloud, indices);
    theirs.setInputCloud(cloud, indices);
    EXPECT_EQ(ours.getInputCloud(), cloud);
    EXPECT_EQ(ours.getIndices(), indices);
    std::vector<pcl::Indices> many, many_within;
    std::vector<std::vector<float>> many_distances, many_within_distances;
    ours.nearestKSearch(*cloud, pcl::Indices(), 7, many, many_distances);
    ours.radiusSearch(*cloud, pcl::Indices(), 0.08, many_within, many_within_distances);
    ASSERT_EQ(many.size(), cloud->size());
    for (int i = 0; i < 700; ++i) {
      const auto at = static_cast<std::size_t>(i);
      pcl::Indices index, pcl_index, again;
      std::vector<float> distance, pcl_distance, distance_again;
      if (!finite((*cloud)[at])) {
        EXPECT_EQ(ours.nearestKSearch((*cloud)[at], 7, index, distance), 0);
        EXPECT_EQ(ours.radiusSearch(*cloud, i, 0.08, index, distance), 0);
        EXPECT_TRUE(many[at].empty() && many_within[at].empty());
        continue;
      }
      EXPECT_EQ(theirs.nearestKSearch((*cloud)[at], 7, pcl_index, pcl_distance), 7);
      EXPECT_EQ(ours.nearestKSearch((*cloud)[at], 7, index, distance), 7);
      expect_same(index, distance, pcl_index, pcl_distance);
      EXPECT_EQ(ours.nearestKSearch(*cloud, i, 7, again, distance_again), 7);
      EXPECT_EQ(again, index);
      EXPECT_EQ(many[at], index);
      EXPECT_EQ(many_distances[at], distance);

      for (const unsigned most : {0u, 4u}) {
        const int found = theirs.radiusSearch((*cloud)[at], 0.08, pcl_index, pcl_distance, most);
        EXPECT_EQ(ours.radiusSearch((*cloud)[at], 0.08, index, distance, most), found);
        expect_same(index, distance, pcl_index, pcl_distance);
        if (most == 0) {
          EXPECT_EQ(many_within[at], index);
          EXPECT_EQ(many_within_distances[at], distance);
        }
      }
    }
    // An index counts positions in the indices.
    const int positions = indices ? static_cast<int>(indices->size()) : 700;
    for (int i = 0; i < positions; i += 13) {
      const int at = indices ? (*indices)[static_cast<std::size_t>(i)] : i;
      if (!finite((*cloud)[at])) continue;
      pcl::Indices index, by_point;
      std::vector<float> distance, by_point_distance;
      ours.nearestKSearch(i, 7, index, distance);
      ours.nearestKSearch((*cloud)[at], 7, by_point, by_point_distance);
      EXPECT_EQ(index, by_point);
      ours.radiusSearch(i, 0.08, index, distance);
      ours.radiusSearch((*cloud)[at], 0.08, by_point, by_point_distance);
      EXPECT_EQ(index, by_point);
    }
  }
}

TEST(KnnSearch, BatchesTakeIndicesOfTheQueries) {
  const auto cloud = make_cloud<pcl::PointXYZ>(300, 2);
  KnnSearch<pcl::PointXYZ> search;
  search.setNumberOfThreads(2);
  EXPECT_EQ(search.getNumberOfThreads(), 2u);
  search.setInputCloud(cloud);
  const pcl::Indices queries{5, 200, -1, 300, 5};
  std::vector<pcl::Indices> index(9, pcl::Indices{1, 2});
  std::vector<std::vector<float>> distance;
  search.nearestKSearch(*cloud, queries, 4, index, distance);
  ASSERT_EQ(index.size(), 5u);
  EXPECT_EQ(index[0], index[4]);
  EXPECT_EQ(index[0].size(), 4u);
  EXPECT_EQ(index[0][0], 5);
  EXPECT_EQ(index[1].size(), 4u);
  EXPECT_TRUE(index[2].empty() && index[3].empty());
}

TEST(KnnSearch, OddInputFindsNothing) {
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  KnnSearch<pcl::PointXYZ> search;
  EXPECT_EQ(search.getName(), "KnnSearch");
  pcl::Indices index{1};
  std::vector<float> distance{1};
  EXPECT_EQ(search.nearestKSearch(pcl::PointXYZ(0, 0, 0), 3, index, distance), 0) << "no cloud yet";
  EXPECT_TRUE(index.empty() && distance.empty());
  EXPECT_EQ(search.nearestKSearch(0, 3, index, distance), 0);

  search.setInputCloud(pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>());
  EXPECT_EQ(search.getErrorMessage(), "");
  EXPECT_EQ(search.radiusSearch(pcl::PointXYZ(0, 0, 0), 3, index, distance), 0);
  search.setInputCloud(nullptr);
  EXPECT_NE(search.getErrorMessage(), "");
  EXPECT_EQ(search.radiusSearch(pcl::PointXYZ(0, 0, 0), 3, index, distance), 0);

  const auto cloud = make_cloud<pcl::PointXYZ>(40, 3);
  search.setInputCloud(cloud, pcl::make_shared<pcl::Indices>(pcl::Indices{0, 40}));
  EXPECT_NE(search.getErrorMessage().find("40"), std::string::npos);
  EXPECT_EQ(search.nearestKSearch(pcl::PointXYZ(0, 0, 0), 3, index, distance), 0) << "nothing of an earlier cloud";
  search.setInputCloud(cloud);
  EXPECT_EQ(search.getErrorMessage(), "");
  EXPECT_EQ(search.nearestKSearch(0, 100, index, distance), 38) << "7 and 30 are not finite";
  EXPECT_EQ(search.nearestKSearch(-1, 3, index, distance), 0);
  EXPECT_EQ(search.nearestKSearch(40, 3, index, distance), 0);
  EXPECT_EQ(search.nearestKSearch(*cloud, 40, 3, index, distance), 0);
  EXPECT_EQ(search.nearestKSearch(0, -1, index, distance), 0);

  pcl::console::setVerbosityLevel(pcl::console::L_WARN);
}

TEST(KnnSearch, CopiesGoTheirOwnWay) {
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  auto first = std::make_unique<KnnSearch<pcl::PointXYZ>>(false);
  const auto cloud = make_cloud<pcl::PointXYZ>(40, 3);
  first->setInputCloud(cloud);
  KnnSearch<pcl::PointXYZ> copy(*first), assigned;
  assigned = *first;
  const pcl::CustomPointRepresentation<pcl::PointXYZ> flat(2);
  pcl::Indices index;
  std::vector<float> solid, distance;
  copy.nearestKSearch(0, 40, index, solid);
  first->setPointRepresentation(flat.makeShared());
  KnnSearch<pcl::PointXYZ> later(*first);  // before anything was asked
  EXPECT_GT(first->nearestKSearch(0, 40, index, distance), 3);
  const std::vector<float> plane = distance;
  EXPECT_NE(plane, solid);
  first.reset();
  later.nearestKSearch(0, 40, index, distance);
  EXPECT_EQ(distance, plane);
  for (KnnSearch<pcl::PointXYZ>* other : {&copy, &assigned}) {
    EXPECT_FALSE(other->getSortedResults());
    EXPECT_EQ(other->getInputCloud(), cloud);
    other->nearestKSearch(0, 40, index, distance);
    EXPECT_EQ(distance, solid);
    other->setPointRepresentation(flat.makeShared());
    other->nearestKSearch(0, 40, index, distance);
    EXPECT_EQ(distance, plane);
  }
  pcl::console::setVerbosityLevel(pcl::console::L_WARN);
}

TEST(KnnSearch, AnInfiniteRadiusGivesWhatKdTreeGives) {
  const auto cloud = make_cloud<pcl::PointXYZ>(200, 8);
  (*cloud)[0].x = 1e30f;  // too far for a squared distance in float32
  KnnSearch<pcl::PointXYZ> ours;
  pcl::search::KdTree<pcl::PointXYZ> theirs;
  ours.setInputCloud(cloud);
  theirs.setInputCloud(cloud);
  pcl::Indices index, pcl_index;
  std::vector<float> distance, pcl_distance;
  for (const double radius : {std::numeric_limits<double>::infinity(), 1e200, 1e25}) {
    const int found = theirs.radiusSearch((*cloud)[1], radius, pcl_index, pcl_distance);
    EXPECT_EQ(ours.radiusSearch((*cloud)[1], radius, index, distance), found);
    expect_same(index, distance, pcl_index, pcl_distance);
    EXPECT_EQ(std::count_if(cloud->begin(), cloud->end(), finite<pcl::PointXYZ>), found + 1);
  }
}

TEST(KnnSearch, DistancesThatFloatCannotSquareAreRefused) {
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  for (const float size : {1e-20f, 1e20f}) {
    const auto cloud = make_cloud<pcl::PointXYZ>(100, 9);
    for (auto& point : *cloud) point.getVector3fMap() *= size;
    KnnSearch<pcl::PointXYZ> search;
    search.setInputCloud(cloud);
    EXPECT_NE(search.getErrorMessage().find("scale"), std::string::npos) << search.getErrorMessage();
    pcl::Indices index;
    std::vector<float> distance;
    EXPECT_EQ(search.nearestKSearch(0, 3, index, distance), 0);
  }
  pcl::console::setVerbosityLevel(pcl::console::L_WARN);
}

TEST(KnnSearch, OneObjectServesManyThreads) {
  const auto cloud = make_cloud<pcl::PointXYZ>(3000, 4);
  KnnSearch<pcl::PointXYZ> search;
  search.setInputCloud(cloud);
  std::vector<std::vector<pcl::Indices>> found(4, std::vector<pcl::Indices>(cloud->size()));
  std::vector<std::thread> threads;
  for (auto& to : found)
    threads.emplace_back([&] {
      std::vector<float> distance;
      for (std::size_t i = 0; i < cloud->size(); ++i) search.nearestKSearch(static_cast<int>(i), 12, to[i], distance);
    });
  for (auto& thread : threads) thread.join();
  for (const auto& one : found) EXPECT_EQ(one, found[0]);
  EXPECT_EQ(found[0][0].size(), 12u);
}

pcl::PointCloud<pcl::Normal>::Ptr normals_by(const pcl::PointCloud<pcl::PointXYZ>::Ptr& cloud,
                                             const pcl::search::Search<pcl::PointXYZ>::Ptr& search, bool by_radius) {
  pcl::NormalEstimation<pcl::PointXYZ, pcl::Normal> estimation;
  estimation.setInputCloud(cloud);
  estimation.setSearchMethod(search);
  if (by_radius)
    estimation.setRadiusSearch(0.06);
  else
    estimation.setKSearch(12);
  const auto normals = pcl::make_shared<pcl::PointCloud<pcl::Normal>>();
  estimation.compute(*normals);
  return normals;
}

TEST(KnnSearch, NormalEstimationGivesTheSame) {
  const auto cloud = make_cloud<pcl::PointXYZ>(2000, 5);
  for (const bool by_radius : {false, true}) {
    const auto ours = normals_by(cloud, pcl::make_shared<KnnSearch<pcl::PointXYZ>>(), by_radius);
    const auto theirs = normals_by(cloud, pcl::make_shared<pcl::search::KdTree<pcl::PointXYZ>>(), by_radius);
    ASSERT_EQ(ours->size(), cloud->size());
    for (std::size_t i = 0; i < cloud->size(); ++i) {
      ASSERT_EQ(finite((*cloud)[i]), std::isfinite((*ours)[i].normal_x)) << i;
      if (!finite((*cloud)[i])) continue;
      // Sums of the same neighbours, which may come in another order where two are equally far.
      EXPECT_NEAR((*ours)[i].normal_x, (*theirs)[i].normal_x, 1e-4) << i;
      EXPECT_NEAR((*ours)[i].normal_z, (*theirs)[i].normal_z, 1e-4) << i;
      EXPECT_NEAR((*ours)[i].curvature, (*theirs)[i].curvature, 1e-4) << i;
    }
  }
}

TEST(KnnSearch, RegionGrowingFindsTheSameRegions) {
  // Two planes that meet at a right angle; no two distances are equal.
  std::mt19937 random(6);
  std::uniform_real_distribution<float> unit(0, 1);
  const auto cloud = pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>();
  for (int i = 0; i < 1500; ++i) {
    const float a = unit(random), b = unit(random);
    cloud->push_back(i % 2 ? pcl::PointXYZ(a, b, 0) : pcl::PointXYZ(0, b, a));
  }
  std::vector<std::vector<pcl::PointIndices>> regions;
  for (const bool ours : {true, false}) {
    pcl::search::Search<pcl::PointXYZ>::Ptr search;
    if (ours)
      search = pcl::make_shared<KnnSearch<pcl::PointXYZ>>();
    else
      search = pcl::make_shared<pcl::search::KdTree<pcl::PointXYZ>>();
    pcl::RegionGrowing<pcl::PointXYZ, pcl::Normal> growing;
    growing.setMinClusterSize(50);
    growing.setNumberOfNeighbours(20);
    growing.setSmoothnessThreshold(0.1f);
    growing.setCurvatureThreshold(0.05f);
    growing.setSearchMethod(search);
    growing.setInputNormals(normals_by(cloud, pcl::make_shared<pcl::search::KdTree<pcl::PointXYZ>>(), false));
    growing.setInputCloud(cloud);
    regions.emplace_back();
    growing.extract(regions.back());
  }
  ASSERT_EQ(regions[0].size(), 2u);
  ASSERT_EQ(regions[1].size(), 2u);
  for (std::size_t r = 0; r < 2; ++r) EXPECT_EQ(regions[0][r].indices, regions[1][r].indices);
}

TEST(KnnSearch, RegistrationFindsTheSameTransformation) {
  const auto target = pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>();
  const auto from = make_cloud<pcl::PointXYZ>(800, 7);
  for (const auto& point : *from)
    if (finite(point)) target->push_back(point);
  const Eigen::Affine3f moved =
      Eigen::Translation3f(0.02f, -0.01f, 0.01f) * Eigen::AngleAxisf(0.05f, Eigen::Vector3f::UnitZ());
  const auto source = pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>();
  pcl::transformPointCloud(*target, *source, moved);
  std::vector<Eigen::Matrix4f> found;
  for (const bool ours : {true, false}) {
    pcl::IterativeClosestPoint<pcl::PointXYZ, pcl::PointXYZ> icp;
    if (ours) {
      icp.setSearchMethodTarget(pcl::make_shared<KnnSearch<pcl::PointXYZ>>());
      icp.setSearchMethodSource(pcl::make_shared<KnnSearch<pcl::PointXYZ>>());
    }
    icp.setUseReciprocalCorrespondences(true);
    icp.setMaximumIterations(80);
    icp.setInputSource(source);
    icp.setInputTarget(target);
    pcl::PointCloud<pcl::PointXYZ> aligned;
    icp.align(aligned);
    EXPECT_TRUE(icp.hasConverged());
    found.push_back(icp.getFinalTransformation());
  }
  EXPECT_TRUE(found[0].isApprox(found[1], 1e-5f)) << found[0] << "\n" << found[1];
  EXPECT_TRUE((found[0] * moved.matrix()).isApprox(Eigen::Matrix4f::Identity(), 1e-2f));
}

}  // namespace
}  // namespace treewalk
