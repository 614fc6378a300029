// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What treewalk's classes over pcl::PCLBase that are no filters promise, as a typed suite. A subject is a type with
//   Form, Class         the form of its clouds (forms.h), and the class
//   Result              all that a run gives; with ==
//   make()              an object, ready to run but for its input
//   run(object, result) a run
//   is_empty(result)    whether it is what a failed run leaves
//   of_indices(whole, part, indices)    the result for indices, from those of the whole cloud and of their points alone
//   with_holes(finite, places, scene)   the result for a scene, from that of its finite points alone
#pragma once

#include <gtest/gtest.h>

#include <limits>

#include "tests/plugin/conformance/forms.h"
#include "tests/plugin/conformance/quiet.h"

namespace treewalk::test {

template <typename Subject>
class ComputeConformance : public testing::Test {
 protected:
  using Form = typename Subject::Form;
  using Class = typename Subject::Class;
  using Result = typename Subject::Result;

  static Result run(Class& object) {
    Result result = old_result();
    Subject::run(object, result);
    return result;
  }
  static Result result_of(const Scene& scene, const pcl::Indices* indices = nullptr) {
    Class object = Subject::make();
    object.setInputCloud(Form::make(scene));
    if (indices != nullptr) object.setIndices(pcl::make_shared<pcl::Indices>(*indices));
    return run(object);
  }
  static void expect_nothing(Class& object, const char* message) {
    EXPECT_TRUE(Subject::is_empty(run(object)));
    EXPECT_NE(object.getErrorMessage().find(message), std::string::npos) << object.getErrorMessage();
  }

 private:
  // Of another cloud: nothing of it may be left.
  static Result old_result() {
    static const Result old = [] {
      Scene scene = first_points(example_scene(false), 13);
      scene.header.frame_id = "elsewhere";
      Class object = Subject::make();
      object.setInputCloud(Form::make(scene));
      Result result;
      Subject::run(object, result);
      return result;
    }();
    return old;
  }

  Quiet quiet_;
};
TYPED_TEST_SUITE_P(ComputeConformance);

TYPED_TEST_P(ComputeConformance, RunsAgainWithTheSameResultAndLeavesTheInput) {
  auto object = TypeParam::make();
  const auto cloud = TypeParam::Form::make(example_scene(true));
  const Picture before = TypeParam::Form::picture(*cloud);
  object.setInputCloud(cloud);
  const auto first = this->run(object);
  EXPECT_FALSE(TypeParam::is_empty(first));
  EXPECT_TRUE(this->run(object) == first);
  EXPECT_EQ(object.getErrorMessage(), "");
  EXPECT_EQ(TypeParam::Form::picture(*cloud), before);
  EXPECT_TRUE(same_header_and_pose(TypeParam::Form::picture(*cloud), before));
}

TYPED_TEST_P(ComputeConformance, IndicesChooseThePoints) {
  const Scene scene = example_scene(true);
  for (const pcl::Indices& indices : {pcl::Indices{23, 1, 11, 20, 5, 8, 2, 14, 9, 17, 4},
                                      pcl::Indices{8, 1, 11, 20, 8, 5, 20, 20, 2}})  // one given twice counts twice
    EXPECT_TRUE(this->result_of(scene, &indices) ==
                TypeParam::of_indices(this->result_of(scene), this->result_of(points_at(scene, indices)), indices));
}

TYPED_TEST_P(ComputeConformance, NonFinitePointsAreAsIfAbsent) {
  Scene scene = unorganised(example_scene(true));
  scene.points[6] = {std::numeric_limits<float>::infinity(), 0, 0};
  scene.points[0][1] = std::numeric_limits<float>::quiet_NaN();
  for (const bool is_dense : {false, true}) {
    scene.is_dense = is_dense;
    const pcl::Indices left = finite_indices(scene);
    ASSERT_EQ(left.size(), 20u);
    EXPECT_TRUE(this->result_of(scene) == TypeParam::with_holes(this->result_of(points_at(scene, left)), left, scene));
  }
}

TYPED_TEST_P(ComputeConformance, EmptyAndNonFiniteCloudsAreNoError) {
  for (const std::size_t points : {0, 3}) {
    auto object = TypeParam::make();
    const Scene scene = first_points(points_at(example_scene(true), {5, 11, 5}), points);
    object.setInputCloud(TypeParam::Form::make(scene));
    const auto result = this->run(object);
    EXPECT_EQ(object.getErrorMessage(), "");
    EXPECT_TRUE(result == TypeParam::with_holes(this->result_of(first_points(scene, 0)), {}, scene));
  }
}

TYPED_TEST_P(ComputeConformance, NoIndicesAreNoPoints) {
  const Scene scene = example_scene(true);
  const pcl::Indices none;
  EXPECT_TRUE(this->result_of(scene, &none) == this->result_of(first_points(scene, 0)));
}

TYPED_TEST_P(ComputeConformance, OwnIndicesFollowTheSizeOfTheCloud) {
  const Scene large = example_scene(true), small = first_points(large, 9);
  auto object = TypeParam::make();
  for (const Scene& scene : {small, large, small}) {
    object.setInputCloud(TypeParam::Form::make(scene));
    EXPECT_TRUE(this->run(object) == this->result_of(scene));
  }
}

TYPED_TEST_P(ComputeConformance, GivenIndicesStayInForceForTheNextCloud) {
  const Scene large = example_scene(true), small = first_points(large, 9);
  const pcl::Indices given{8, 1, 2, 4};
  auto object = TypeParam::make();
  object.setIndices(pcl::make_shared<pcl::Indices>(given));
  for (const Scene& scene : {small, large, small}) {
    object.setInputCloud(TypeParam::Form::make(scene));
    EXPECT_TRUE(this->run(object) == this->result_of(scene, &given));
  }
  object.setInputCloud(TypeParam::Form::make(first_points(large, 8)));
  this->expect_nothing(object, "the index 8 at position 0 is outside of the cloud, which has 8 points");
}

TYPED_TEST_P(ComputeConformance, BadIndicesAreAnErrorAndEmptyTheResult) {
  for (const auto& [bad, message] :
       {std::pair<pcl::Indices, const char*>{{0, 24}, "the index 24 at position 1 is outside of the cloud"},
        {{-1}, "the index -1 at position 0"}}) {
    auto object = TypeParam::make();
    object.setInputCloud(TypeParam::Form::make(example_scene(true)));
    object.setIndices(pcl::make_shared<pcl::Indices>(bad));
    this->expect_nothing(object, message);
    object.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{0, 2}));
    EXPECT_FALSE(TypeParam::is_empty(this->run(object)));
    EXPECT_EQ(object.getErrorMessage(), "");
  }
}

TYPED_TEST_P(ComputeConformance, WithoutInputResultsAreEmpty) {
  auto object = TypeParam::make();
  this->expect_nothing(object, "no input cloud was set");
}

REGISTER_TYPED_TEST_SUITE_P(ComputeConformance, RunsAgainWithTheSameResultAndLeavesTheInput, IndicesChooseThePoints,
                            NonFinitePointsAreAsIfAbsent, EmptyAndNonFiniteCloudsAreNoError, NoIndicesAreNoPoints,
                            OwnIndicesFollowTheSizeOfTheCloud, GivenIndicesStayInForceForTheNextCloud,
                            BadIndicesAreAnErrorAndEmptyTheResult, WithoutInputResultsAreEmpty);

}  // namespace treewalk::test
