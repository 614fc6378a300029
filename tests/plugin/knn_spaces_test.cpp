// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// KnnSearch in other spaces than x, y and z, beside pcl::search::KdTree: descriptors, weights, colours, and inside
// PCL's own algorithms.
#include <gtest/gtest.h>
#include <pcl/features/fpfh.h>
#include <pcl/features/normal_3d.h>
#include <pcl/point_representation.h>
#include <pcl/point_types.h>
#include <pcl/registration/correspondence_estimation.h>
#include <pcl/registration/icp.h>
#include <pcl/registration/icp_nl.h>
#include <pcl/segmentation/extract_clusters.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "treewalk/pcl/knn_graph.h"
#include "treewalk/pcl/knn_search.h"

namespace treewalk {
namespace {

// PCL's distances to the bit; indices where no distance is equal to another.
template <typename PointT>
void compare(const typename pcl::PointCloud<PointT>::Ptr& cloud, double radius,
             const typename pcl::PointRepresentation<PointT>::ConstPtr& space = nullptr) {
  for (const bool some : {false, true}) {
    pcl::IndicesPtr indices;
    if (some) {
      indices = pcl::make_shared<pcl::Indices>();
      for (int i = static_cast<int>(cloud->size()) - 1; i >= 0; i -= 3) indices->push_back(i);
    }
    KnnSearch<PointT> ours;
    pcl::search::KdTree<PointT> theirs;
    if (space) ours.setPointRepresentation(space);
    if (space) theirs.setPointRepresentation(space);
    ours.setInputCloud(cloud, indices);
    theirs.setInputCloud(cloud, indices);
    ASSERT_EQ(ours.getErrorMessage(), "");
    std::vector<pcl::Indices> many, many_within;
    std::vector<std::vector<float>> many_distances, many_within_distances;
    ours.nearestKSearch(*cloud, pcl::Indices(), 7, many, many_distances);
    ours.radiusSearch(*cloud, pcl::Indices(), radius, many_within, many_within_distances);
    int most = 0;
    for (std::size_t i = 0; i < cloud->size(); i += 5) {
      pcl::Indices index, pcl_index;
      std::vector<float> distance, pcl_distance;
      EXPECT_EQ(theirs.nearestKSearch((*cloud)[i], 7, pcl_index, pcl_distance), 7);
      EXPECT_EQ(ours.nearestKSearch((*cloud)[i], 7, index, distance), 7);
      ASSERT_EQ(distance, pcl_distance) << i;
      EXPECT_EQ(many[i], index);
      EXPECT_EQ(many_distances[i], distance);
      if (std::adjacent_find(distance.begin(), distance.end()) == distance.end()) {
        index.pop_back();
        pcl_index.pop_back();
        EXPECT_EQ(index, pcl_index) << i;
      }
      for (const unsigned limit : {0u, 4u}) {
        const int found = theirs.radiusSearch((*cloud)[i], radius, pcl_index, pcl_distance, limit);
        EXPECT_EQ(ours.radiusSearch((*cloud)[i], radius, index, distance, limit), found);
        ASSERT_EQ(distance, pcl_distance) << i;
        most = std::max(most, found);
        if (limit == 0) {
          EXPECT_EQ(many_within_distances[i], distance);
        }
      }
      EXPECT_EQ(ours.radiusSearch((*cloud)[i], std::numeric_limits<double>::infinity(), index, distance),
                static_cast<int>(indices ? indices->size() : cloud->size()));
    }
    EXPECT_GT(most, 4) << "the radius tests nothing";
  }
}

pcl::PointCloud<pcl::PointXYZRGBNormal>::Ptr make_surface(std::size_t size, unsigned seed, float shift = 0) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> unit(0, 1);
  const auto cloud = pcl::make_shared<pcl::PointCloud<pcl::PointXYZRGBNormal>>();
  for (std::size_t i = 0; i < size; ++i) {
    pcl::PointXYZRGBNormal point;
    const float u = unit(random), v = unit(random);
    point.x = u + shift;
    point.y = v;
    point.z = 0.2f * std::sin(6 * u) * std::cos(4 * v);
    point.curvature = std::abs(std::sin(6 * u) * std::cos(4 * v));
    point.r = static_cast<std::uint8_t>(255 * u);
    point.g = static_cast<std::uint8_t>(255 * v);
    point.b = static_cast<std::uint8_t>(random() % 256);
    cloud->push_back(point);
  }
  return cloud;
}

template <typename PointT, class Fill>
typename pcl::PointCloud<PointT>::Ptr random_cloud(std::size_t size, const Fill& fill) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> unit(0, 1);
  const auto cloud = pcl::make_shared<pcl::PointCloud<PointT>>();
  for (std::size_t i = 0; i < size; ++i) {
    PointT point;
    fill(point, [&] { return unit(random); });
    cloud->push_back(point);
  }
  return cloud;
}

TEST(KnnSearchInAnySpace, SearchesDescriptorsPairsAndPlanes) {
  compare<pcl::FPFHSignature33>(random_cloud<pcl::FPFHSignature33>(400,
                                                                   [](auto& point, const auto& unit) {
                                                                     for (float& value : point.histogram)
                                                                       value = unit();
                                                                   }),
                                1.9);
  compare<pcl::SHOT352>(random_cloud<pcl::SHOT352>(150,
                                                   [](auto& point, const auto& unit) {
                                                     for (float& value : point.descriptor) value = unit();
                                                     for (float& value : point.rf) value = 0;
                                                   }),
                        7.4);
  compare<pcl::PPFSignature>(random_cloud<pcl::PPFSignature>(500,
                                                             [](auto& point, const auto& unit) {
                                                               point.f1 = unit();
                                                               point.f2 = unit();
                                                               point.f3 = unit();
                                                               point.f4 = unit();
                                                               point.alpha_m = unit();
                                                             }),
                             0.3);
  compare<pcl::PointXY>(random_cloud<pcl::PointXY>(500,
                                                   [](auto& point, const auto& unit) {
                                                     point.x = unit();
                                                     point.y = unit();
                                                   }),
                        0.2);
  compare<pcl::Normal>(random_cloud<pcl::Normal>(500,
                                                 [](auto& point, const auto& unit) {
                                                   point.normal_x = unit();
                                                   point.normal_y = unit();
                                                   point.normal_z = unit();
                                                 }),
                       0.3);
}

/// Position and curvature, as in PCL's tutorial of registration.
class FourNumbers : public pcl::PointRepresentation<pcl::PointXYZRGBNormal> {
 public:
  FourNumbers() { nr_dimensions_ = 4; }
  void copyToFloatArray(const pcl::PointXYZRGBNormal& p, float* out) const override {
    out[0] = p.x;
    out[1] = p.y;
    out[2] = p.z;
    out[3] = p.curvature;
  }
};

/// Position and colour.
class SixNumbers : public pcl::PointRepresentation<pcl::PointXYZRGBNormal> {
 public:
  SixNumbers() { nr_dimensions_ = 6; }
  void copyToFloatArray(const pcl::PointXYZRGBNormal& p, float* out) const override {
    const float values[6] = {
        p.x, p.y, p.z, static_cast<float>(p.r) / 255, static_cast<float>(p.g) / 255, static_cast<float>(p.b) / 255};
    std::copy_n(values, 6, out);
  }
};

TEST(KnnSearchInAnySpace, FollowsRepresentationsAndWeights) {
  const auto cloud = make_surface(600, 5);
  const auto four = pcl::make_shared<FourNumbers>(), weighted = pcl::make_shared<FourNumbers>();
  const float weights[4] = {1, 0.5f, 3, 0.25f};
  weighted->setRescaleValues(weights);
  compare<pcl::PointXYZRGBNormal>(cloud, 0.2, four);
  compare<pcl::PointXYZRGBNormal>(cloud, 0.2, weighted);
  compare<pcl::PointXYZRGBNormal>(cloud, 0.4, pcl::make_shared<SixNumbers>());
}

TEST(KnnSearchInAnySpace, RowsThatAreNotFiniteAreNeverFound) {
  auto cloud = make_surface(100, 6);
  (*cloud)[7].curvature = std::numeric_limits<float>::quiet_NaN();
  KnnSearch<pcl::PointXYZRGBNormal> search;
  search.setPointRepresentation(pcl::make_shared<FourNumbers>());
  search.setInputCloud(cloud);
  pcl::Indices index{1};
  std::vector<float> distance{1};
  EXPECT_EQ(search.nearestKSearch(8, 200, index, distance), 99);
  EXPECT_EQ(std::count(index.begin(), index.end(), 7), 0);
  EXPECT_EQ(search.nearestKSearch(7, 200, index, distance), 0);
  EXPECT_TRUE(index.empty() && distance.empty());
  EXPECT_EQ(search.radiusSearch(100, 3, index, distance), 0) << "there is no such point";
}

TEST(KnnSearchInAnySpace, CorrespondencesOfDescriptorsAreTheSame) {
  std::vector<pcl::PointCloud<pcl::FPFHSignature33>::Ptr> features;
  for (const unsigned seed : {1u, 2u}) {
    const auto rich = make_surface(500, seed);
    const auto cloud = pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>();
    for (const auto& point : *rich) cloud->push_back(pcl::PointXYZ(point.x, point.y, point.z));
    const auto normals = pcl::make_shared<pcl::PointCloud<pcl::Normal>>();
    pcl::NormalEstimation<pcl::PointXYZ, pcl::Normal> normal;
    normal.setInputCloud(cloud);
    normal.setSearchMethod(pcl::make_shared<KnnSearch<pcl::PointXYZ>>());
    normal.setKSearch(12);
    normal.compute(*normals);
    features.push_back(pcl::make_shared<pcl::PointCloud<pcl::FPFHSignature33>>());
    pcl::FPFHEstimation<pcl::PointXYZ, pcl::Normal, pcl::FPFHSignature33> fpfh;
    fpfh.setInputCloud(cloud);
    fpfh.setInputNormals(normals);
    fpfh.setSearchMethod(pcl::make_shared<KnnSearch<pcl::PointXYZ>>());
    fpfh.setRadiusSearch(0.15);
    fpfh.compute(*features.back());
  }
  std::vector<std::vector<float>> distances;
  for (const bool ours : {true, false}) {
    pcl::registration::CorrespondenceEstimation<pcl::FPFHSignature33, pcl::FPFHSignature33> estimation;
    if (ours) {
      estimation.setSearchMethodTarget(pcl::make_shared<KnnSearch<pcl::FPFHSignature33>>());
      estimation.setSearchMethodSource(pcl::make_shared<KnnSearch<pcl::FPFHSignature33>>());
    }
    estimation.setInputSource(features[0]);
    estimation.setInputTarget(features[1]);
    pcl::Correspondences found;
    estimation.determineReciprocalCorrespondences(found);
    distances.emplace_back();
    for (const auto& one : found) {
      distances.back().push_back(static_cast<float>(one.index_query));
      distances.back().push_back(static_cast<float>(one.index_match));
      distances.back().push_back(one.distance);
    }
  }
  EXPECT_GT(distances[0].size(), 3u * 20);
  EXPECT_EQ(distances[0], distances[1]);
}

// The representation comes before the cloud, after it, or from Registration, which sets it when it aligns.
template <class Registration>
void register_in_four_dimensions() {
  const auto target = make_surface(800, 9), source = make_surface(800, 9, 0.02f);
  const auto space = pcl::make_shared<FourNumbers>();
  std::vector<Eigen::Matrix4f> found;
  enum { kTheirs, kBefore, kAfter, kByRegistration };
  for (const int way : {kTheirs, kBefore, kAfter, kByRegistration}) {
    Registration icp;
    if (way != kTheirs) {
      const auto search = pcl::make_shared<KnnSearch<pcl::PointXYZRGBNormal>>();
      if (way == kBefore) search->setPointRepresentation(space);
      icp.setSearchMethodTarget(search);
      icp.setInputTarget(target);
      if (way == kAfter) search->setPointRepresentation(space);
    } else {
      icp.setInputTarget(target);
    }
    if (way == kTheirs || way == kByRegistration) icp.setPointRepresentation(space);
    icp.setInputSource(source);
    icp.setMaximumIterations(30);
    pcl::PointCloud<pcl::PointXYZRGBNormal> aligned;
    icp.align(aligned);
    EXPECT_TRUE(icp.hasConverged()) << way;
    found.push_back(icp.getFinalTransformation());
  }
  for (std::size_t i = 1; i < found.size(); ++i)
    EXPECT_TRUE(found[i].isApprox(found[0], 1e-5f)) << i << "\n" << found[i] << "\n" << found[0];
  EXPECT_NEAR(found[0](0, 3), -0.02f, 2e-3f);
}

TEST(KnnSearchInAnySpace, IcpInFourDimensionsFindsTheSame) {
  register_in_four_dimensions<pcl::IterativeClosestPoint<pcl::PointXYZRGBNormal, pcl::PointXYZRGBNormal>>();
}

TEST(KnnSearchInAnySpace, NonLinearIcpInFourDimensionsFindsTheSame) {
  register_in_four_dimensions<pcl::IterativeClosestPointNonLinear<pcl::PointXYZRGBNormal, pcl::PointXYZRGBNormal>>();
}

TEST(KnnSearchInAnySpace, EuclideanClustersInSixDimensionsAreTheSame) {
  auto cloud = make_surface(1500, 11);
  for (std::size_t i = 0; i < cloud->size(); ++i) {  // one place, two colours
    (*cloud)[i].r = (*cloud)[i].g = i % 2 ? 220 : 20;
    (*cloud)[i].b = 128;
  }
  std::vector<std::vector<pcl::PointIndices>> clusters;
  for (const bool ours : {true, false}) {
    pcl::search::KdTree<pcl::PointXYZRGBNormal>::Ptr search;
    if (ours)
      search = pcl::make_shared<KnnSearch<pcl::PointXYZRGBNormal>>();
    else
      search = pcl::make_shared<pcl::search::KdTree<pcl::PointXYZRGBNormal>>();
    search->setPointRepresentation(pcl::make_shared<SixNumbers>());
    pcl::EuclideanClusterExtraction<pcl::PointXYZRGBNormal> extraction;
    extraction.setInputCloud(cloud);
    extraction.setSearchMethod(search);
    extraction.setClusterTolerance(0.15);
    clusters.emplace_back();
    extraction.extract(clusters.back());
    for (auto& cluster : clusters.back()) std::sort(cluster.indices.begin(), cluster.indices.end());
  }
  ASSERT_EQ(clusters[0].size(), 2u);
  ASSERT_EQ(clusters[1].size(), 2u);
  for (auto& one : clusters)
    std::sort(one.begin(), one.end(), [](const auto& a, const auto& b) { return a.indices < b.indices; });
  for (std::size_t c = 0; c < 2; ++c) EXPECT_EQ(clusters[0][c].indices, clusters[1][c].indices);
}

TEST(KnnGraphOfPoints, HasTheNeighboursThatKdTreeFindsInTheSpaceOfFields) {
  const auto cloud = make_surface(400, 12);
  const auto half = pcl::make_shared<SixNumbers>();
  const float weights[6] = {1, 1, 1, 0.5f, 0.5f, 0.5f};
  half->setRescaleValues(weights);
  const auto some = pcl::make_shared<pcl::Indices>();
  for (int i = 399; i >= 0; i -= 2) some->push_back(i);
  for (const bool all : {true, false}) {
    KnnGraph<pcl::PointXYZRGBNormal> knn;
    knn.setInputCloud(cloud);
    if (!all) knn.setIndices(some);
    knn.setK(6);
    knn.setFields({"x", "y", "z", "rgb"}, {1, 1, 1, 0.5});
    KnnGraphArrays graph;
    knn.compute(graph);
    ASSERT_EQ(knn.getErrorMessage(), "");
    ASSERT_EQ(graph.offset.size(), (all ? 400u : 200u) + 1);
    pcl::search::KdTree<pcl::PointXYZRGBNormal> theirs;
    theirs.setPointRepresentation(half);
    theirs.setInputCloud(cloud, all ? nullptr : some);
    for (std::size_t i = 0; i + 1 < graph.offset.size(); i += 3) {
      pcl::Indices index;
      std::vector<float> distance;
      const auto at = static_cast<std::size_t>(all ? static_cast<int>(i) : (*some)[i]);
      theirs.nearestKSearch((*cloud)[at], 7, index, distance);
      for (std::size_t j = 0; j < 6; ++j) {
        const auto edge = static_cast<std::size_t>(graph.offset[i]) + j;
        EXPECT_FLOAT_EQ(graph.squared_distance[edge], distance[j + 1]);
        const auto column = static_cast<std::size_t>(graph.column[edge]);
        EXPECT_EQ(all ? static_cast<int>(column) : (*some)[column], index[j + 1]);
      }
    }
  }
  KnnGraph<pcl::PointXYZRGBNormal> knn;
  knn.setInputCloud(cloud);
  KnnGraphArrays graph;
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  knn.setFields({"x", "height"});
  knn.compute(graph);
  EXPECT_NE(knn.getErrorMessage().find("height"), std::string::npos);
  knn.setFields({"x", "y"}, {1});
  knn.compute(graph);
  EXPECT_NE(knn.getErrorMessage().find("weights"), std::string::npos);
  EXPECT_TRUE(graph.offset.empty());
  knn.setFields({}, {1, 2});
  knn.compute(graph);
  EXPECT_NE(knn.getErrorMessage().find("2 weights for 0 fields"), std::string::npos);
  pcl::console::setVerbosityLevel(pcl::console::L_WARN);
}

}  // namespace
}  // namespace treewalk
