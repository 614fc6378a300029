// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Point representations that a KnnSearch is given before the cloud, after it, and while many threads ask.
#include <gtest/gtest.h>
#include <pcl/point_representation.h>
#include <pcl/point_types.h>

#include <thread>

#include "tests/plugin/knn_support.h"
#include "treewalk/pcl/knn_search.h"

namespace treewalk {
namespace {

using test::expect_same;
using test::make_cloud;

// PCL's setter is no virtual function: it is called as PCL's classes call it, too.
TEST(KnnSearch, ARepresentationIsFollowedBeforeAndAfterTheCloud) {
  const auto cloud = make_cloud<pcl::PointXYZ>(400, 3);
  using Plain = pcl::DefaultPointRepresentation<pcl::PointXYZ>;
  const auto weighted = pcl::make_shared<Plain>();
  const float weights[3] = {1, 2, 30};
  weighted->setRescaleValues(weights);
  const pcl::PointRepresentation<pcl::PointXYZ>::ConstPtr spaces[] = {
      weighted, pcl::make_shared<pcl::CustomPointRepresentation<pcl::PointXYZ>>(2), pcl::make_shared<Plain>()};
  const auto compare = [&](const pcl::search::KdTree<pcl::PointXYZ>& ours,
                           const pcl::PointRepresentation<pcl::PointXYZ>::ConstPtr& space) {
    pcl::search::KdTree<pcl::PointXYZ> theirs;
    theirs.setPointRepresentation(space);
    theirs.setInputCloud(cloud);
    for (std::size_t i = 0; i < cloud->size(); i += 3) {
      if (!space->isValid((*cloud)[i])) continue;
      pcl::Indices index, pcl_index;
      std::vector<float> distance, pcl_distance;
      EXPECT_EQ(theirs.nearestKSearch((*cloud)[i], 6, pcl_index, pcl_distance), 6);
      EXPECT_EQ(ours.nearestKSearch((*cloud)[i], 6, index, distance), 6);
      expect_same(index, distance, pcl_index, pcl_distance);
      const int within = theirs.radiusSearch((*cloud)[i], 0.1, pcl_index, pcl_distance);
      EXPECT_EQ(ours.radiusSearch((*cloud)[i], 0.1, index, distance), within);
      expect_same(index, distance, pcl_index, pcl_distance);
    }
  };
  const auto search = pcl::make_shared<KnnSearch<pcl::PointXYZ>>();
  const pcl::search::KdTree<pcl::PointXYZ>::Ptr as_pcl_has_it = search;
  search->setInputCloud(cloud);
  for (const bool by_pcl : {false, true})
    for (const auto& space : spaces) {
      by_pcl ? as_pcl_has_it->setPointRepresentation(space) : search->setPointRepresentation(space);
      compare(*search, space);
      EXPECT_EQ(search->getErrorMessage(), "");
      KnnSearch<pcl::PointXYZ> before;
      before.setPointRepresentation(space);
      before.setInputCloud(cloud);
      compare(before, space);
    }
}

// One that is derived from PCL's own says that it is trivial, whatever it makes of a point.
struct Flat : pcl::DefaultPointRepresentation<pcl::PointXYZ> {
  void copyToFloatArray(const pcl::PointXYZ& point, float* out) const override {
    out[0] = point.x, out[1] = point.y, out[2] = 0;
  }
};

TEST(KnnSearch, ARepresentationThatIsDerivedFromPclsOwnIsFollowed) {
  const auto cloud = make_cloud<pcl::PointXYZ>(300, 5);
  const auto space = pcl::make_shared<Flat>();
  KnnSearch<pcl::PointXYZ> ours;
  pcl::search::KdTree<pcl::PointXYZ> theirs;
  for (pcl::search::KdTree<pcl::PointXYZ>* search :
       {static_cast<pcl::search::KdTree<pcl::PointXYZ>*>(&ours), &theirs}) {
    search->setPointRepresentation(space);
    search->setInputCloud(cloud);
  }
  for (std::size_t i = 0; i < cloud->size(); ++i) {
    if (!space->isValid((*cloud)[i])) continue;
    pcl::Indices index, pcl_index;
    std::vector<float> distance, pcl_distance;
    ours.nearestKSearch((*cloud)[i], 5, index, distance);
    theirs.nearestKSearch((*cloud)[i], 5, pcl_index, pcl_distance);
    expect_same(index, distance, pcl_index, pcl_distance);
  }
}

struct OfNoDimensions : pcl::PointRepresentation<pcl::PointXYZ> {
  OfNoDimensions() { nr_dimensions_ = -4; }
  void copyToFloatArray(const pcl::PointXYZ&, float*) const override {}
};

TEST(KnnSearch, ARepresentationOfNoDimensionsIsRefused) {
  KnnSearch<pcl::PointXYZ> search;
  search.setPointRepresentation(pcl::make_shared<OfNoDimensions>());
  search.setInputCloud(make_cloud<pcl::PointXYZ>(10, 1));
  EXPECT_NE(search.getErrorMessage().find("-4 dimensions"), std::string::npos) << search.getErrorMessage();
}

TEST(KnnSearch, WeightsThatARepresentationGetsLaterAreNoticedWhereItSaysSo) {
  const auto cloud = make_cloud<pcl::PointXYZ>(100, 3);
  const auto space = pcl::make_shared<pcl::DefaultPointRepresentation<pcl::PointXYZ>>();
  KnnSearch<pcl::PointXYZ> search;
  search.setPointRepresentation(space);
  search.setInputCloud(cloud);
  pcl::Indices index;
  std::vector<float> distance, far;
  search.nearestKSearch(0, 5, index, distance);
  const float weights[3] = {2, 2, 2};
  space->setRescaleValues(weights);
  search.nearestKSearch(0, 5, index, far);
  ASSERT_EQ(far.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(far[i], 4 * distance[i]);
}

// The search is made anew once: threads that ask at the same time all get the new space's neighbours.
TEST(KnnSearch, ManyThreadsMeetANewRepresentation) {
  const auto cloud = make_cloud<pcl::PointXYZ>(3000, 4);
  KnnSearch<pcl::PointXYZ> search;
  search.setInputCloud(cloud);
  const auto weighted = pcl::make_shared<pcl::DefaultPointRepresentation<pcl::PointXYZ>>();
  for (const float weight : {3.0f, 0.1f}) {
    const float weights[3] = {1, weight, 5};
    weighted->setRescaleValues(weights);
    search.setPointRepresentation(weighted);
    KnnSearch<pcl::PointXYZ> expected;
    expected.setPointRepresentation(weighted);
    expected.setInputCloud(cloud);
    std::vector<std::vector<pcl::Indices>> found(4, std::vector<pcl::Indices>(200));
    std::vector<std::thread> threads;
    for (auto& to : found)
      threads.emplace_back([&] {
        std::vector<float> distance;
        for (std::size_t i = 0; i < to.size(); ++i) search.nearestKSearch(static_cast<int>(i), 9, to[i], distance);
      });
    for (auto& thread : threads) thread.join();
    for (std::size_t i = 0; i < 200; ++i) {
      pcl::Indices index;
      std::vector<float> distance;
      expected.nearestKSearch(static_cast<int>(i), 9, index, distance);
      for (const auto& one : found) ASSERT_EQ(one[i], index) << i;
    }
  }
}

}  // namespace
}  // namespace treewalk
