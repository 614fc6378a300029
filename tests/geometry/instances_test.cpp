// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/instances.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "tests/support/support.h"

namespace treewalk {
namespace {

struct Scene {
  std::vector<float> xyz;
  std::vector<std::uint32_t> label;
  void add(float x, float y, float z, std::uint32_t what) {
    for (const float coordinate : {x, y, z}) xyz.push_back(coordinate);
    label.push_back(what);
  }
  CloudView view() const {
    return {reinterpret_cast<const std::byte*>(xyz.data()),
            static_cast<std::int64_t>(label.size()),
            12,
            {{"x", 0, Scalar::float32, 1}, {"y", 4, Scalar::float32, 1}, {"z", 8, Scalar::float32, 1}}};
  }
};

InstanceOptions at_distance(double distance) {
  InstanceOptions options;
  options.distance = distance;
  return options;
}

TEST(Instances, AreComponentsOfOneClass) {
  Scene scene;  // a row of points 1 apart: class 7 at 0 1 2, class 8 at 3, class 7 at 4 5 and 9
  for (const float x : {5.f, 0.f, 1.f, 2.f, 4.f, 9.f}) scene.add(x, 0, 0, 7);
  scene.add(3, 0, 0, 8);
  scene.add(std::numeric_limits<float>::quiet_NaN(), 0, 0, 7);
  scene.add(3, 0, 0, 255);
  const auto found = find_instances(scene.view(), scene.label, {8, 7}, at_distance(1));
  EXPECT_EQ(found.label, (std::vector<std::uint32_t>{8, 7, 7, 7}));
  EXPECT_EQ(found.points, (std::vector<std::int64_t>{1, 3, 2, 1}));
  EXPECT_EQ(found.instance, (std::vector<std::int32_t>{2, 1, 1, 1, 2, 3, 0, -1, -1}));
  const auto apart = find_instances(scene.view(), scene.label, {7, 7}, at_distance(0.99));
  EXPECT_EQ(apart.label.size(), 6u) << "a point may be an instance; a class that is named twice counts once";
  EXPECT_EQ(find_instances(scene.view(), scene.label, {7}, at_distance(4)).points, (std::vector<std::int64_t>{6}));
}

TEST(Instances, SmallAndLargeOnesAreLeftOut) {
  Scene scene;
  for (int i = 0; i < 9; ++i) scene.add(static_cast<float>(i + (i > 0) * 5 + (i > 3) * 5), 0, 0, 1);  // 1, 3, 5 points
  auto options = at_distance(1.5);
  options.least = 2;
  EXPECT_EQ(find_instances(scene.view(), scene.label, {1}, options).points, (std::vector<std::int64_t>{5, 3}));
  options.most = 4;
  const auto found = find_instances(scene.view(), scene.label, {1}, options);
  EXPECT_EQ(found.points, (std::vector<std::int64_t>{3}));
  EXPECT_EQ(std::count(found.instance.begin(), found.instance.end(), -1), 6);
}

// With as many neighbours as there are points, the graph has every edge, and components can be found by flooding.
TEST(Instances, AgreeWithFloodingOverAllPairs) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> unit(0, 1);
  Scene scene;
  for (int i = 0; i < 400; ++i) scene.add(unit(random), unit(random), 0.1f * unit(random), i % 5 == 0 ? 2 : 1);
  const double distance = 0.06;
  std::vector<int> flood(400, -1);
  int floods = 0;
  for (int i = 0; i < 400; ++i) {
    if (flood[i] >= 0) continue;
    std::vector<int> stack{i};
    flood[i] = floods;
    while (!stack.empty()) {
      const int at = stack.back();
      stack.pop_back();
      for (int j = 0; j < 400; ++j) {
        float square = 0;
        for (int axis = 0; axis < 3; ++axis) square += std::pow(scene.xyz[3 * at + axis] - scene.xyz[3 * j + axis], 2);
        if (flood[j] < 0 && scene.label[j] == scene.label[at] && square <= distance * distance) {
          flood[j] = floods;
          stack.push_back(j);
        }
      }
    }
    ++floods;
  }
  ASSERT_GT(floods, 5);
  ASSERT_LT(floods, 300);
  auto options = at_distance(distance);
  options.neighbours = 400;
  const auto found = find_instances(scene.view(), scene.label, {1, 2}, options);
  EXPECT_EQ(found.label.size(), static_cast<std::size_t>(floods));
  for (int i = 0; i < 400; ++i)
    for (int j = 0; j < i; ++j)
      ASSERT_EQ(flood[i] == flood[j], found.instance[i] == found.instance[j]) << i << ' ' << j;
  for (std::size_t n = 0; n < found.label.size(); ++n)
    EXPECT_EQ(std::count(found.instance.begin(), found.instance.end(), static_cast<int>(n)), found.points[n]);
  test::with_threads([&] {
    options.threads = at::get_num_threads();
    EXPECT_EQ(find_instances(scene.view(), scene.label, {1, 2}, options).instance, found.instance);
  });
}

TEST(Instances, SenselessOptionsAreErrors) {
  Scene scene;
  scene.add(0, 0, 0, 1);
  EXPECT_EQ(find_instances(scene.view(), scene.label, {1}, at_distance(1)).points.size(), 1u);
  EXPECT_TRUE(find_instances(Scene().view(), {}, {1}, at_distance(1)).points.empty());
  for (const double distance : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_THROW(find_instances(scene.view(), scene.label, {1}, at_distance(distance)), Error);
  auto options = at_distance(1);
  options.least = 5, options.most = 4;
  EXPECT_THROW(find_instances(scene.view(), scene.label, {1}, options), Error);
  options = at_distance(1);
  options.neighbours = 0;
  EXPECT_THROW(find_instances(scene.view(), scene.label, {1}, options), Error);
  EXPECT_THROW(find_instances(scene.view(), {}, {1}, at_distance(1)), Error);
}

}  // namespace
}  // namespace treewalk
