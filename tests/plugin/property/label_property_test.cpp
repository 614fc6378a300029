// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// SemanticSegmentation, SemanticLabeler and SemanticFilter say the same of every cloud, with the fake session.
#include <gtest/gtest.h>
#include <pcl/point_types.h>

#include <algorithm>
#include <map>

#include "tests/plugin/property/random_cloud.h"
#include "tests/support/fake_session.h"
#include "treewalk/pcl/semantic_filter.h"
#include "treewalk/pcl/semantic_labeler.h"
#include "treewalk/pcl/semantic_segmentation.h"

namespace treewalk::test {
namespace {

constexpr int blocks = 4;

template <typename Class>
void set(Class& object, const RandomOptions& options) {
  object.setModel(FakeModel::make());
  object.setClasses(options.classes);
  object.setMinConfidence(options.min_confidence);
  if (options.indices) object.setIndices(pcl::make_shared<pcl::Indices>(*options.indices));
}

class LabelProperty : public testing::TestWithParam<int> {};

TEST_P(LabelProperty, SegmentationLabelerAndFilterAgree) {
  for_each_seed(GetParam(), blocks, TREEWALK_PROPERTY_CLOUDS / 5, [](std::uint64_t seed) {
    Dice dice(seed + 1000000);
    const Scene scene = random_scene(dice, 200);
    const RandomOptions options = random_options(dice, scene.points.size());
    const BlobLayout layout = random_layout(dice);
    const pcl::Indices queries = options.indices.value_or(all_indices(scene.points.size()));
    const auto cloud = Points<pcl::PointXYZINormal>::make(scene);

    SemanticFilter<pcl::PointXYZINormal> filter;
    set(filter, options);
    filter.setInputCloud(cloud);
    pcl::Indices kept;
    filter.filter(kept);

    SemanticSegmentation<pcl::PointXYZINormal> segmentation;
    set(segmentation, options);
    segmentation.setInputCloud(cloud);
    pcl::PointCloud<pcl::PointXYZL> labelled;
    std::vector<pcl::PointIndices> clusters;
    segmentation.segment(labelled);
    segmentation.extract(clusters);
    ASSERT_EQ(labelled.size(), queries.size());
    EXPECT_EQ(labelled.width * labelled.height, queries.size());
    EXPECT_EQ(labelled.height, options.indices ? 1 : scene.height);
    EXPECT_EQ(labelled.header.stamp, scene.header.stamp);
    std::map<pcl::index_t, std::uint32_t> label;
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const Position& point = scene.points[static_cast<std::size_t>(queries[i])];
      EXPECT_EQ(std::memcmp(labelled[i].data, point.data(), sizeof point), 0);
      if (!is_finite(point)) {
        EXPECT_EQ(segmentation.getConfidence()[i], 0);
      }
      if (labelled[i].label != 255) label[queries[i]] = labelled[i].label;
    }
    pcl::Indices known;
    for (const auto& [index, id] : label) known.push_back(index);
    EXPECT_EQ(known, kept);
    std::map<pcl::index_t, std::uint32_t> of_clusters;
    const std::vector<std::uint32_t> classes = segmentation.getClasses();
    ASSERT_EQ(clusters.size(), classes.size());
    for (std::size_t c = 0; c < clusters.size(); ++c) {
      EXPECT_TRUE(std::is_sorted(clusters[c].indices.begin(), clusters[c].indices.end()));
      for (const auto index : clusters[c].indices) of_clusters[index] = classes[c];
    }
    EXPECT_EQ(of_clusters, label);

    SemanticLabeler labeler;
    set(labeler, options);
    labeler.setInputCloud(blob_of(scene, layout));
    pcl::PCLPointCloud2 output;
    labeler.filter(output);
    const Picture before = picture_of(*blob_of(scene, layout)), after = picture_of(output);
    ASSERT_EQ(after.position.size(), scene.points.size());
    EXPECT_EQ(after.is_dense, scene.is_dense);
    std::map<pcl::index_t, std::uint32_t> of_blob;
    for (std::size_t i = 0; i < scene.points.size(); ++i) {
      std::vector<std::uint8_t> others = after.others[i];
      std::uint32_t id = 0;
      std::memcpy(&id, others.data() + others.size() - 8, 4);
      if (id != 255) of_blob[static_cast<pcl::index_t>(i)] = id;
      others.resize(others.size() - 8);
      EXPECT_EQ(others, before.others[i]);
    }
    EXPECT_EQ(of_blob, label);
  });
}

INSTANTIATE_TEST_SUITE_P(Random, LabelProperty, testing::Range(0, blocks));

}  // namespace
}  // namespace treewalk::test
