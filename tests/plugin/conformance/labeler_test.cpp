// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What a filter that appends fields owes to its input, for every layout of blobs.
#include <algorithm>
#include <cmath>

#include "tests/plugin/conformance/layouts.h"
#include "tests/plugin/conformance/quiet.h"
#include "tests/support/fake_session.h"
#include "treewalk/pcl/semantic_labeler.h"

namespace treewalk::test {
namespace {

template <typename FormOfClouds>
struct LabelerOn {
  using Form = FormOfClouds;
};

template <typename Subject>
class LabelerConformance : public testing::Test {
 protected:
  using Form = typename Subject::Form;

  static SemanticLabeler labeler_of(const Scene& scene) {
    SemanticLabeler labeler;
    labeler.setModel(FakeModel::make());
    labeler.setInputCloud(Form::make(scene));
    return labeler;
  }

  /// filter(cloud) into a cloud that holds something else.
  static Picture output_of(SemanticLabeler& labeler) {
    pcl::PCLPointCloud2 output = *Form::make(first_points(example_scene(false), 13));
    output.header.frame_id = "elsewhere";
    labeler.filter(output);
    return picture_of(output);
  }

  /// The input with the fake session's label and confidence of the points in `indices` appended.
  static Picture expected(const Scene& scene, const pcl::Indices& indices) {
    Picture result = picture_of(*Form::make(scene));
    result.fields.push_back("label 6 1");
    result.fields.push_back("confidence 7 1");
    const std::vector<double> heights = fake_heights(scene);
    for (std::size_t i = 0; i < scene.points.size(); ++i) {
      const bool asked = std::count(indices.begin(), indices.end(), static_cast<pcl::index_t>(i)) > 0;
      const bool known = asked && is_finite(scene.points[i]);
      const std::uint32_t label = !known ? 255 : heights[i] < 1 ? 1 : heights[i] < 2 ? 2 : 9;
      const float confidence = known ? static_cast<float>(0.5 + (heights[i] - std::floor(heights[i])) / 2) : 0;
      auto& record = result.others[i];
      record.resize(record.size() + 8);
      std::memcpy(record.data() + record.size() - 8, &label, 4);
      std::memcpy(record.data() + record.size() - 4, &confidence, 4);
    }
    return result;
  }

 private:
  Quiet quiet_;
};

using Subjects = OnAllLayouts<LabelerOn>;
TYPED_TEST_SUITE(LabelerConformance, Subjects);

TYPED_TEST(LabelerConformance, AppendsTwoFieldsAndKeepsEverythingElse) {
  for (const bool is_dense : {false, true}) {
    Scene scene = example_scene(true);
    scene.is_dense = is_dense;
    SemanticLabeler labeler = this->labeler_of(scene);
    const Picture output = this->output_of(labeler), expected = this->expected(scene, all_indices(24));
    EXPECT_EQ(output, expected);
    EXPECT_EQ(output.is_dense, is_dense);
    EXPECT_TRUE(same_header_and_pose(output, expected));
    EXPECT_EQ(output.row_step, output.width * output.point_step);
    EXPECT_EQ(output.bytes, output.height * output.row_step);
    EXPECT_EQ(this->output_of(labeler), expected) << "again";
  }
}

TYPED_TEST(LabelerConformance, WorksInPlaceAndLeavesTheInputOtherwise) {
  const Scene scene = example_scene(true);
  SemanticLabeler labeler = this->labeler_of(scene);
  const auto blob = TypeParam::Form::make(scene);
  const Picture before = picture_of(*blob);
  labeler.setInputCloud(blob);
  const Picture output = this->output_of(labeler);
  EXPECT_EQ(picture_of(*blob), before);
  labeler.filter(*blob);
  EXPECT_EQ(picture_of(*blob), output);
  EXPECT_TRUE(same_header_and_pose(picture_of(*blob), before));
}

TYPED_TEST(LabelerConformance, PointsOutsideOfTheIndicesStayUnknown) {
  const Scene large = example_scene(true), small = first_points(large, 21);
  const pcl::Indices given{20, 1, 5, 2};
  SemanticLabeler labeler = this->labeler_of(large);
  labeler.setIndices(pcl::make_shared<pcl::Indices>(given));
  for (const Scene& scene : {large, small, large}) {
    labeler.setInputCloud(TypeParam::Form::make(scene));
    EXPECT_EQ(this->output_of(labeler), this->expected(scene, given));
  }
}

TYPED_TEST(LabelerConformance, OwnIndicesFollowTheSizeOfTheCloud) {
  const Scene large = example_scene(true), small = first_points(large, 9);
  SemanticLabeler labeler = this->labeler_of(small);
  for (const Scene& scene : {small, large, small}) {
    labeler.setInputCloud(TypeParam::Form::make(scene));
    EXPECT_EQ(this->output_of(labeler), this->expected(scene, all_indices(scene.points.size())));
  }
}

TYPED_TEST(LabelerConformance, BadIndicesAreAnErrorAndEmptyTheOutput) {
  const Scene scene = example_scene(true);
  for (const auto& [bad, message] :
       {std::pair<pcl::Indices, const char*>{{0, 24}, "the index 24 at position 1 is outside of the cloud"},
        {{-1}, "the index -1 at position 0"}}) {
    SemanticLabeler labeler = this->labeler_of(scene);
    labeler.setIndices(pcl::make_shared<pcl::Indices>(bad));
    const Picture output = this->output_of(labeler);
    EXPECT_EQ(output.width * output.height, 0u);
    EXPECT_EQ(output.bytes, 0u);
    EXPECT_NE(labeler.getErrorMessage().find(message), std::string::npos) << labeler.getErrorMessage();
    labeler.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{3, 4, 3}));
    EXPECT_EQ(this->output_of(labeler), this->expected(scene, {3, 4}));
    EXPECT_EQ(labeler.getErrorMessage(), "");
  }
}

TYPED_TEST(LabelerConformance, EmptyCloudsGetTheFields) {
  const Scene scene = first_points(example_scene(true), 0);
  SemanticLabeler labeler = this->labeler_of(scene);
  EXPECT_EQ(this->output_of(labeler), this->expected(scene, {}));
  EXPECT_EQ(labeler.getErrorMessage(), "");
}

TYPED_TEST(LabelerConformance, WithoutInputTheOutputStaysAsItWas) {
  SemanticLabeler labeler;
  labeler.setModel(FakeModel::make());
  const Scene other = first_points(example_scene(false), 13);
  EXPECT_EQ(this->output_of(labeler), picture_of(*TypeParam::Form::make(other)));
}

}  // namespace
}  // namespace treewalk::test
