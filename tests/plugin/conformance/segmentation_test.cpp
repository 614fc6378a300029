// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// SemanticSegmentation keeps what PCL's segmentations do, for every point type.
#include <algorithm>

#include "tests/plugin/conformance/compute_rules.h"
#include "tests/plugin/conformance/point_types.h"
#include "tests/support/fake_session.h"
#include "treewalk/pcl/semantic_segmentation.h"

namespace treewalk::test {
namespace {

struct Labels {
  pcl::PointCloud<pcl::PointXYZL> cloud;
  std::vector<float> confidence;
  std::vector<pcl::PointIndices> clusters;
};

bool operator==(const Labels& a, const Labels& b) {
  const auto same_cluster = [](const pcl::PointIndices& c, const pcl::PointIndices& d) {
    return c.indices == d.indices && c.header.frame_id == d.header.frame_id && c.header.stamp == d.header.stamp;
  };
  const Picture left = Points<pcl::PointXYZL>::picture(a.cloud), right = Points<pcl::PointXYZL>::picture(b.cloud);
  return left == right && left.is_dense == right.is_dense && same_header_and_pose(left, right) &&
         a.confidence == b.confidence && a.clusters.size() == b.clusters.size() &&
         std::equal(a.clusters.begin(), a.clusters.end(), b.clusters.begin(), same_cluster);
}

// By the fake session's rule; 255 for points that are not finite.
std::uint32_t label_at(const Scene& scene, std::size_t i) {
  const double height = fake_heights(scene)[i];
  return !is_finite(scene.points[i]) ? 255 : height < 1 ? 1 : height < 2 ? 2 : 9;
}

template <typename FormOfClouds>
struct SegmentationOn {
  using Form = FormOfClouds;
  using Class = SemanticSegmentation<typename Form::Point>;
  using Result = Labels;
  static Class make() {
    Class object;
    object.setModel(FakeModel::make());
    return object;
  }
  static void run(Class& object, Labels& result) {
    object.segment(result.cloud);
    result.confidence = object.getConfidence();
    object.extract(result.clusters);
    EXPECT_EQ(object.getConfidence(), result.confidence);
  }
  static bool is_empty(const Labels& result) {
    return result.cloud.empty() && result.cloud.width * result.cloud.height == 0 && result.confidence.empty() &&
           result.clusters.empty();
  }
  // Neighbours are those of the whole cloud; one row, in the order of the indices.
  static Labels of_indices(const Labels& whole, const Labels&, const pcl::Indices& indices) {
    Labels result = whole;
    result.cloud.clear();
    result.cloud.is_dense = true;
    result.confidence.clear();
    for (const auto index : indices) {
      result.cloud.push_back(whole.cloud[static_cast<std::size_t>(index)]);
      result.confidence.push_back(whole.confidence[static_cast<std::size_t>(index)]);
      if (!std::isfinite(result.cloud.back().getVector3fMap().sum())) result.cloud.is_dense = false;
    }
    for (auto& cluster : result.clusters) {
      pcl::Indices asked;
      for (const auto i : cluster.indices)
        asked.insert(asked.end(), static_cast<std::size_t>(std::count(indices.begin(), indices.end(), i)), i);
      cluster.indices = asked;
    }
    return result;
  }
  static Labels with_holes(const Labels& finite, const pcl::Indices& places, const Scene& scene) {
    Labels result = finite;
    result.cloud.resize(scene.points.size());
    result.cloud.width = scene.width;
    result.cloud.height = scene.height;
    result.cloud.is_dense = places.size() == scene.points.size();
    for (std::size_t i = 0; i < scene.points.size(); ++i) {
      std::copy_n(scene.points[i].begin(), 3, result.cloud[i].data);
      result.cloud[i].label = 255;
    }
    result.confidence.assign(scene.points.size(), 0);
    for (std::size_t i = 0; i < places.size(); ++i) {
      result.cloud[static_cast<std::size_t>(places[i])].label = finite.cloud[i].label;
      result.confidence[static_cast<std::size_t>(places[i])] = finite.confidence[i];
    }
    for (auto& cluster : result.clusters)
      for (auto& index : cluster.indices) index = places[static_cast<std::size_t>(index)];
    return result;
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(PlainPoints, ComputeConformance, OnPlainPointTypes<SegmentationOn>);
INSTANTIATE_TYPED_TEST_SUITE_P(RichPoints, ComputeConformance, OnRichPointTypes<SegmentationOn>);

template <typename Subject>
class SegmentationConformance : public ComputeConformance<Subject> {};
TYPED_TEST_SUITE_P(SegmentationConformance);

TYPED_TEST_P(SegmentationConformance, LabelsEveryPointWhereItIs) {
  const Scene scene = example_scene(true);
  const Labels result = this->result_of(scene);
  ASSERT_EQ(result.cloud.size(), 24u);
  EXPECT_EQ(result.cloud.width, 6u);
  EXPECT_EQ(result.cloud.height, 4u);
  EXPECT_FALSE(result.cloud.is_dense);
  const Picture expected = Points<pcl::PointXYZL>::picture(*Points<pcl::PointXYZL>::make(scene));
  EXPECT_TRUE(same_header_and_pose(Points<pcl::PointXYZL>::picture(result.cloud), expected));
  EXPECT_EQ(Points<pcl::PointXYZL>::picture(result.cloud).position[23], expected.position[23]);
  for (std::size_t i = 0; i < 24; ++i) {
    EXPECT_EQ(result.cloud[i].label, label_at(scene, i)) << i;
    const double height = fake_heights(scene)[i];
    EXPECT_EQ(result.confidence[i], i == 5 || i == 11 ? 0 : 0.5 + (height - std::floor(height)) / 2) << i;
  }
}

TYPED_TEST_P(SegmentationConformance, ClustersAreAscendingAndCarryTheHeader) {
  const Scene scene = example_scene(true);
  auto object = TypeParam::make();
  object.setInputCloud(TypeParam::Form::make(scene));
  object.setClasses({9, 1});
  for (int variant = 0; variant < 2; ++variant) {
    pcl::Indices reversed = all_indices(24);
    std::reverse(reversed.begin(), reversed.end());
    if (variant == 1) object.setIndices(pcl::make_shared<pcl::Indices>(reversed));
    std::vector<pcl::PointIndices> clusters(1);
    object.extract(clusters);
    ASSERT_EQ(clusters.size(), 2u);
    for (const std::size_t c : {0, 1}) {
      pcl::Indices expected;
      for (int i = 0; i < 24; ++i)
        if (label_at(scene, static_cast<std::size_t>(i)) == (c == 0 ? 9u : 1u)) expected.push_back(i);
      EXPECT_EQ(clusters[c].indices, expected);
      EXPECT_FALSE(expected.empty());
      EXPECT_EQ(clusters[c].header.frame_id, "lidar");
      EXPECT_EQ(clusters[c].header.seq, 7u);
      EXPECT_EQ(clusters[c].header.stamp, 99u);
    }
  }
}

REGISTER_TYPED_TEST_SUITE_P(SegmentationConformance, LabelsEveryPointWhereItIs, ClustersAreAscendingAndCarryTheHeader);
INSTANTIATE_TYPED_TEST_SUITE_P(PlainPoints, SegmentationConformance, OnPlainPointTypes<SegmentationOn>);
INSTANTIATE_TYPED_TEST_SUITE_P(RichPoints, SegmentationConformance, OnRichPointTypes<SegmentationOn>);

}  // namespace
}  // namespace treewalk::test
