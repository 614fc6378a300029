// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What holds for a shipped model on every cloud, tried on random ones.
#include <gtest/gtest.h>
#include <pcl/point_types.h>

#include <cmath>

#include "tests/plugin/property/random_cloud.h"
#include "treewalk/pcl/semantic_filter.h"
#include "treewalk/pcl/semantic_labeler.h"
#include "treewalk/pcl/semantic_segmentation.h"

namespace treewalk::test {
namespace {

constexpr int blocks = 3;

class SessionProperty : public testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() {
    if (model == nullptr) model = load_model(TREEWALK_SHIPPED_MODELS "/tabletop.treewalk");
  }
  // A blob has no sensor pose, so that no cloud here has one. Every second cloud is as large as a table, where the
  // model sees more than single points.
  static Scene scene_of(std::uint64_t seed) {
    Dice dice(seed + 2000000);
    Scene scene = random_scene(dice, seed % 3 == 0 ? 3000 : 200);
    scene.origin.setZero();
    if (seed % 2 == 0)
      for (Position& point : scene.points)
        for (float& value : point)
          if (std::isfinite(value)) value = std::fmod(value, 1.0f);
    return scene;
  }
  static std::shared_ptr<const Model> model;
};
std::shared_ptr<const Model> SessionProperty::model;

struct Result {
  std::vector<std::uint32_t> label;
  std::vector<float> confidence;
};
bool operator==(const Result& a, const Result& b) { return a.label == b.label && a.confidence == b.confidence; }
void PrintTo(const Result& result, std::ostream* stream) {
  for (std::size_t i = 0; i < result.label.size() && i < 50; ++i)
    *stream << " " << result.label[i] << " (" << result.confidence[i] << ")";
}

template <typename PointT>
Result segmented(const std::shared_ptr<const Model>& model, const Scene& scene, unsigned threads = 1) {
  SemanticSegmentation<PointT> segmentation;
  segmentation.setModel(model);
  segmentation.setNumberOfThreads(threads);
  segmentation.setInputCloud(Points<PointT>::make(scene));
  pcl::PointCloud<pcl::PointXYZL> output;
  segmentation.segment(output);
  EXPECT_EQ(segmentation.getErrorMessage(), "");
  Result result;
  for (const auto& point : output) result.label.push_back(point.label);
  result.confidence = segmentation.getConfidence();
  return result;
}

TEST_P(SessionProperty, NonFinitePointsAreAsIfAbsent) {
  for_each_seed(GetParam(), blocks, TREEWALK_PROPERTY_SESSION_CLOUDS, [](std::uint64_t seed) {
    const Scene scene = scene_of(seed);
    const pcl::Indices finite = finite_indices(scene);
    const Result alone = segmented<pcl::PointXYZ>(model, points_at(scene, finite));
    Result expected{std::vector<std::uint32_t>(scene.points.size(), 255), std::vector<float>(scene.points.size())};
    for (std::size_t i = 0; i < finite.size(); ++i) {
      expected.label[static_cast<std::size_t>(finite[i])] = alone.label.at(i);
      expected.confidence[static_cast<std::size_t>(finite[i])] = alone.confidence.at(i);
    }
    EXPECT_EQ(segmented<pcl::PointXYZ>(model, scene), expected);
  });
}

TEST_P(SessionProperty, ResultsAreTheSameForAllThreadsAndForms) {
  for_each_seed(GetParam(), blocks, TREEWALK_PROPERTY_SESSION_CLOUDS, [](std::uint64_t seed) {
    const Scene scene = scene_of(seed);
    const Result expected = segmented<pcl::PointXYZ>(model, scene);
    ASSERT_EQ(expected.label.size(), scene.points.size());
    EXPECT_EQ(segmented<pcl::PointXYZ>(model, scene, 2), expected);
    EXPECT_EQ(segmented<pcl::PointXYZ>(model, scene, 3), expected);
    EXPECT_EQ(segmented<pcl::InterestPoint>(model, scene, 2), expected);
    EXPECT_EQ(segmented<pcl::PointXYZRGBL>(model, scene), expected);

    Dice dice(seed);
    SemanticLabeler labeler;
    labeler.setModel(model);
    labeler.setInputCloud(blob_of(scene, random_layout(dice)));
    pcl::PCLPointCloud2 output;
    labeler.filter(output);
    Result of_blob;
    for (const auto& others : picture_of(output).others) {
      std::uint32_t label = 0;
      float confidence = 0;
      std::memcpy(&label, others.data() + others.size() - 8, 4);
      std::memcpy(&confidence, others.data() + others.size() - 4, 4);
      of_blob.label.push_back(label);
      of_blob.confidence.push_back(confidence);
    }
    EXPECT_EQ(of_blob, expected);

    const pcl::Indices queries = random_indices(dice, scene.points.size());
    SemanticFilter<pcl::PCLPointCloud2> filter(true);
    filter.setModel(model);
    filter.setClasses({"object"});
    filter.setInputCloud(blob_of(scene, random_layout(dice)));
    filter.setIndices(pcl::make_shared<pcl::Indices>(queries));
    pcl::Indices kept;
    filter.filter(kept);
    std::vector<bool> chosen;
    for (const std::uint32_t label : expected.label) chosen.push_back(label == filter.getClasses()[0]);
    const Split split = split_of(scene, chosen, queries, false);
    EXPECT_EQ(kept, split.kept);
    EXPECT_EQ(*filter.getRemovedIndices(), split.removed);
  });
}

INSTANTIATE_TEST_SUITE_P(Random, SessionProperty, testing::Range(0, blocks));

}  // namespace
}  // namespace treewalk::test
