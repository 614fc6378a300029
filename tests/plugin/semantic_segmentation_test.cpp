// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/semantic_segmentation.h"

#include <gtest/gtest.h>
#include <pcl/console/print.h>
#include <pcl/exceptions.h>

#include <cmath>
#include <limits>

#include "tests/support/fake_session.h"
#include "treewalk/pcl/shape_classifier.h"

namespace treewalk {
namespace {

// Organised 4 x 2; heights 0, 1/2, 1, ... by steps of 1/2; point 3 is not finite.
template <typename PointT>
typename pcl::PointCloud<PointT>::Ptr make_cloud() {
  const auto cloud = pcl::make_shared<pcl::PointCloud<PointT>>(4, 2);
  for (std::size_t i = 0; i < 8; ++i) {
    (*cloud)[i].x = static_cast<float>(i);
    (*cloud)[i].y = 7;
    (*cloud)[i].z = static_cast<float>(i) / 2;
  }
  (*cloud)[3].y = std::numeric_limits<float>::infinity();
  cloud->header.frame_id = "lidar";
  cloud->header.stamp = 5;
  cloud->sensor_origin_ = Eigen::Vector4f(1, 2, 3, 0);
  return cloud;
}

template <typename PointT>
SemanticSegmentation<PointT> make_segmentation(const typename pcl::PointCloud<PointT>::ConstPtr& cloud) {
  SemanticSegmentation<PointT> segmentation;
  segmentation.setModel(FakeModel::make());
  segmentation.setInputCloud(cloud);
  return segmentation;
}

std::vector<std::uint32_t> labels_of(const pcl::PointCloud<pcl::PointXYZL>& cloud) {
  std::vector<std::uint32_t> labels;
  for (const auto& point : cloud) labels.push_back(point.label);
  return labels;
}

using Labels = std::vector<std::uint32_t>;

TEST(SemanticSegmentation, LabelsEveryPointAndKeepsTheOrganisation) {
  auto segmentation = make_segmentation<pcl::PointNormal>(make_cloud<pcl::PointNormal>());
  pcl::PointCloud<pcl::PointXYZL> output;
  segmentation.segment(output);
  EXPECT_EQ(labels_of(output), (Labels{1, 1, 2, 255, 9, 9, 9, 9}));
  EXPECT_EQ(segmentation.getConfidence(), (std::vector<float>{0.5f, 0.75f, 0.5f, 0, 0.5f, 0.75f, 0.5f, 0.75f}));
  EXPECT_EQ(output.width, 4u);
  EXPECT_EQ(output.height, 2u);
  EXPECT_EQ(output.header.frame_id, "lidar");
  EXPECT_EQ(output.sensor_origin_[1], 2);
  EXPECT_FALSE(output.is_dense);
  EXPECT_EQ(output[6].z, 3.0f);
}

TEST(SemanticSegmentation, IndicesChooseWhatIsReturned) {
  auto segmentation = make_segmentation<pcl::PointXYZ>(make_cloud<pcl::PointXYZ>());
  segmentation.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{6, 2, 3}));
  pcl::PointCloud<pcl::PointXYZL> output;
  segmentation.segment(output);
  EXPECT_EQ(labels_of(output), (Labels{9, 2, 255}));  // heights from the lowest point of the whole cloud
  EXPECT_EQ(output.width, 3u);
  EXPECT_EQ(output.height, 1u);
  std::vector<pcl::PointIndices> clusters;
  segmentation.extract(clusters);
  ASSERT_EQ(clusters.size(), 3u);
  EXPECT_TRUE(clusters[0].indices.empty());
  EXPECT_EQ(clusters[1].indices, pcl::Indices{2});
  EXPECT_EQ(clusters[2].indices, pcl::Indices{6});
}

TEST(SemanticSegmentation, ClustersFollowTheChosenClasses) {
  auto segmentation = make_segmentation<pcl::PointXYZ>(make_cloud<pcl::PointXYZ>());
  std::vector<pcl::PointIndices> clusters(7);
  segmentation.setClasses({"wall", "table"});
  segmentation.extract(clusters);
  ASSERT_EQ(clusters.size(), 2u);
  EXPECT_EQ(clusters[0].indices, (pcl::Indices{4, 5, 6, 7}));
  EXPECT_EQ(clusters[1].indices, (pcl::Indices{0, 1}));
  EXPECT_EQ(clusters[0].header.frame_id, "lidar");
  EXPECT_EQ(clusters[0].header.stamp, 5u);
  pcl::PointCloud<pcl::PointXYZL> output;
  segmentation.setMinConfidence(0.6f);
  segmentation.segment(output);
  EXPECT_EQ(labels_of(output), (Labels{255, 1, 255, 255, 255, 9, 255, 9}));
  EXPECT_EQ(segmentation.getConfidence()[0], 0.5f);  // the probability stays, and says why
}

TEST(SemanticSegmentation, ObjectsOfAClassComeOneByOne) {
  // Three piles on the lowest point's plane, 10 apart: 4, 2 and 3 points of the class "table", and a "wall" on one.
  const auto cloud = pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>();
  for (const auto& [x, size] : {std::pair<float, int>{0, 4}, {10, 2}, {20, 3}})
    for (int i = 0; i < size; ++i) cloud->push_back({x, 0, 0.25f * static_cast<float>(i)});
  cloud->push_back({20, 0, 2.5f});
  cloud->header.frame_id = "lidar";
  auto segmentation = make_segmentation<pcl::PointXYZ>(cloud);
  segmentation.setClusterTolerance(0.3);
  std::vector<pcl::PointIndices> clusters;
  segmentation.extract(clusters);
  EXPECT_EQ(segmentation.getClusterClasses(), (Labels{1, 1, 1, 9}));
  ASSERT_EQ(clusters.size(), 4u);
  EXPECT_EQ(clusters[0].indices, (pcl::Indices{0, 1, 2, 3}));
  EXPECT_EQ(clusters[1].indices, (pcl::Indices{6, 7, 8}));
  EXPECT_EQ(clusters[2].indices, (pcl::Indices{4, 5}));
  EXPECT_EQ(clusters[3].indices, pcl::Indices{9});
  EXPECT_EQ(clusters[2].header.frame_id, "lidar");

  segmentation.setMinClusterSize(3);
  segmentation.setClasses({"table"});
  segmentation.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{8, 1, 2, 7, 6, 3}));
  segmentation.extract(clusters);
  ASSERT_EQ(clusters.size(), 2u) << "points that are not in the indices belong to no object";
  EXPECT_EQ(clusters[0].indices, (pcl::Indices{1, 2, 3}));
  EXPECT_EQ(clusters[1].indices, (pcl::Indices{6, 7, 8}));
  segmentation.setMinClusterSize(1);
  segmentation.setMaxClusterSize(2);
  segmentation.setIndices(pcl::IndicesPtr());
  segmentation.setInputCloud(cloud);
  segmentation.extract(clusters);
  ASSERT_EQ(clusters.size(), 1u) << "larger objects are left out";
  EXPECT_EQ(clusters[0].indices, (pcl::Indices{4, 5}));
  segmentation.setMaxClusterSize(0);
  segmentation.setNumberOfNeighbours(0);
  const auto verbosity = pcl::console::getVerbosityLevel();
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  segmentation.extract(clusters);
  pcl::console::setVerbosityLevel(verbosity);
  EXPECT_NE(segmentation.getErrorMessage().find("at least 1 neighbour"), std::string::npos)
      << segmentation.getErrorMessage();
  segmentation.setNumberOfNeighbours(2);
  segmentation.extract(clusters);
  EXPECT_EQ(segmentation.getErrorMessage(), "");
  ASSERT_EQ(clusters.size(), 3u);
  EXPECT_EQ(segmentation.getClusterTolerance(), 0.3);
  EXPECT_EQ(segmentation.getMinClusterSize(), 1u);
  EXPECT_EQ(segmentation.getMaxClusterSize(), 0u);
  EXPECT_EQ(segmentation.getNumberOfNeighbours(), 2u);
  segmentation.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{8, 1, 2, 7, 6, 3}));
  segmentation.setClusterTolerance(0);
  segmentation.extract(clusters);
  EXPECT_EQ(segmentation.getClusterClasses(), Labels{1});
  ASSERT_EQ(clusters.size(), 1u);
  EXPECT_EQ(clusters[0].indices.size(), 6u);
  EXPECT_THROW(segmentation.setClusterTolerance(-1), pcl::BadArgumentException);
}

TEST(SemanticSegmentation, ClustersAreTheNodesOfALevel) {
  auto segmentation = make_segmentation<pcl::PointXYZ>(make_cloud<pcl::PointXYZ>());
  segmentation.setClasses({"wall"});
  segmentation.setMinConfidence(1);  // classes play no part
  std::vector<pcl::PointIndices> clusters(7);
  segmentation.getClusters(1, clusters);
  ASSERT_EQ(clusters.size(), 2u);
  EXPECT_EQ(clusters[0].indices, (pcl::Indices{2, 4, 5, 6, 7}));
  EXPECT_EQ(clusters[1].indices, (pcl::Indices{0, 1}));
  EXPECT_EQ(clusters[1].header.frame_id, "lidar");
  EXPECT_EQ(segmentation.getStageTimes()[0].seconds, 0.125);
  EXPECT_TRUE(segmentation.getConfidence().empty());
  segmentation.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{6, 3, 4}));
  segmentation.getClusters(0, clusters);
  ASSERT_EQ(clusters.size(), 1u) << "the other cluster has no point of the indices";
  EXPECT_EQ(clusters[0].indices, (pcl::Indices{4, 6}));
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  segmentation.getClusters(2, clusters);
  EXPECT_TRUE(clusters.empty());
  EXPECT_EQ(segmentation.getErrorMessage(), "there is no level 2");
  segmentation.getClusters(0, clusters);
  segmentation.setInputCloud(nullptr);
  segmentation.getClusters(0, clusters);
  EXPECT_TRUE(clusters.empty());
  EXPECT_NE(segmentation.getErrorMessage(), "");
  pcl::console::setVerbosityLevel(pcl::console::L_WARN);
  segmentation.setModel(nullptr);
  segmentation.setInputCloud(make_cloud<pcl::PointXYZ>());
  EXPECT_THROW(segmentation.getClusters(1, clusters), pcl::InitFailedException);
}

TEST(SemanticSegmentation, TellsHowLongTheStagesTook) {
  auto segmentation = make_segmentation<pcl::PointXYZ>(make_cloud<pcl::PointXYZ>());
  EXPECT_TRUE(segmentation.getStageTimes().empty());
  pcl::PointCloud<pcl::PointXYZL> output;
  segmentation.segment(output);
  ASSERT_EQ(segmentation.getStageTimes().size(), 1u);
  EXPECT_EQ(segmentation.getStageTimes()[0].seconds, 0.5);
  segmentation.setModel(FakeModel::make("intensity"));
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  segmentation.segment(output);
  EXPECT_TRUE(segmentation.getStageTimes().empty()) << "a run that failed";
  pcl::console::setVerbosityLevel(pcl::console::L_WARN);
}

TEST(SemanticSegmentation, SaysOnceWhatAnOptionalFieldIsMissing) {
  auto segmentation = make_segmentation<pcl::PointXYZ>(make_cloud<pcl::PointXYZ>());
  segmentation.setModel(FakeModel::make("", "intensity"));
  pcl::PointCloud<pcl::PointXYZL> output;
  const auto run = [&] {
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    segmentation.segment(output);
    return testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
  };
  EXPECT_NE(run().find("intensity"), std::string::npos);
  EXPECT_EQ(run(), "");
  segmentation.setModel(FakeModel::make("", "intensity"));
  EXPECT_NE(run().find("intensity"), std::string::npos) << "another model may ask for other fields";
}

TEST(SemanticSegmentation, LabelsInPlace) {
  const auto cloud = make_cloud<pcl::PointXYZL>();
  auto segmentation = make_segmentation<pcl::PointXYZL>(cloud);
  segmentation.segment(*cloud);
  EXPECT_EQ(labels_of(*cloud), (Labels{1, 1, 2, 255, 9, 9, 9, 9}));
  EXPECT_EQ(cloud->height, 2u);
}

TEST(SemanticSegmentation, FailuresEmptyAllOutputs) {
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  const auto cloud = make_cloud<pcl::PointXYZ>();
  const std::function<void(SemanticSegmentation<pcl::PointXYZ>&)> faults[] = {
      [](auto& s) { s.setModel(FakeModel::make("intensity")); }, [](auto& s) { s.setInputCloud(nullptr); },
      [](auto& s) { s.setProgressCallback([](double, const std::string&) { return false; }); }};
  for (const auto& fault : faults) {
    auto segmentation = make_segmentation<pcl::PointXYZ>(cloud);
    pcl::PointCloud<pcl::PointXYZL> output;
    std::vector<pcl::PointIndices> clusters;
    segmentation.segment(output);
    segmentation.extract(clusters);
    fault(segmentation);
    segmentation.segment(output);
    segmentation.extract(clusters);
    EXPECT_TRUE(output.empty());
    EXPECT_TRUE(clusters.empty());
    EXPECT_TRUE(segmentation.getConfidence().empty());
    EXPECT_NE(segmentation.getErrorMessage(), "");
  }
  SemanticSegmentation<pcl::PointXYZ> without_model;
  without_model.setInputCloud(cloud);
  pcl::PointCloud<pcl::PointXYZL> output(3, 1);
  EXPECT_THROW(without_model.segment(output), pcl::InitFailedException);
  EXPECT_TRUE(output.empty());
  pcl::console::setVerbosityLevel(pcl::console::L_WARN);
}

TEST(ShapeClassifier, ScoresTheChosenClassesBestFirst) {
  ShapeClassifier<pcl::PointXYZ> classifier;
  classifier.setModel(FakeModel::make());
  classifier.setInputCloud(make_cloud<pcl::PointXYZ>());
  std::vector<ClassScore> scores;
  classifier.classify(scores);
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_EQ(scores[0].name, "object");
  ASSERT_EQ(classifier.getStageTimes().size(), 1u);
  EXPECT_EQ(classifier.getStageTimes()[0].seconds, 0.25);
  classifier.setMinConfidence(0.5f);
  classifier.classify(scores);
  EXPECT_EQ(scores.size(), 1u);
  classifier.setIndices(pcl::make_shared<pcl::Indices>());
  classifier.classify(scores);
  EXPECT_TRUE(scores.empty());
}

}  // namespace
}  // namespace treewalk
