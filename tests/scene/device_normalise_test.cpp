// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Normalisation and thinning on a device: the same bits as on the CPU, for which the host waits once at most.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/geometry/bounds.h"
#include "core/scene/normalise.h"
#include "tests/stand_in/device.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using test::points_of;
using test::reset_traffic;
using test::same_tensor;
using test::same_there;
using test::tested_device;
using test::traffic;
using test::uniform_points;

struct NamedPoints {
  std::string name;
  at::Tensor position;
};

/// Sizes around the pieces in which sums are added: 256 points, 256 such pieces.
std::vector<NamedPoints> clouds() {
  const auto skewed = [](std::int64_t size) {
    return (uniform_points(size, size).square() * at::tensor({3.0f, 1.5f, 0.7f})).contiguous();
  };
  const auto equal = points_of({0.1f, -7.3f, 250.7f});
  return {{"no points", at::empty({0, 3}, at::kFloat)},
          {"one point", equal},
          {"equal points", equal.repeat({300, 1})},
          {"two points", points_of({1.0f, 2.0f, 3.0f, 1.0f, 2.5f, 3.0f})},
          {"a piece", skewed(256)},
          {"a piece and a point", skewed(257)},
          {"far points", skewed(5000) * 40 + 900},
          {"pieces of pieces", skewed(256 * 256 + 3)}};
}

PointSet point_set(const at::Tensor& position) {
  PointSet points;
  points.position = position;
  points.field["normal"] = uniform_points(position.size(0), 1) - 0.5;
  points.field["intensity"] = uniform_points(position.size(0), 2).narrow(1, 0, 1);
  points.viewpoint = {0.5f, 0.4f, 2.0f};
  points.scale = 3;
  return points;
}

std::vector<SceneOptions> normalisations() {
  std::vector<SceneOptions> all;
  for (const char* frame : {"input", "principal"})
    for (const char* normalise : {"none", "box", "sphere"}) {
      all.emplace_back();
      all.back().frame = frame;
      all.back().normalise = normalise;
    }
  return all;
}

/// Numbers that the host got from the device: every bit, but on a real GPU, whose functions round otherwise.
template <class Numbers>
void expect_same_numbers(const Numbers& found, const Numbers& expected, const std::string& what) {
  for (int a = 0; a < 3; ++a) {
    if (test::counts_traffic()) {
      EXPECT_EQ(found[a], expected[a]) << what;
    } else {
      EXPECT_NEAR(found[a], expected[a], 1e-6 * (1 + std::abs(expected[a]))) << what;
    }
  }
}

void expect_same(const Bounds& found, const Bounds& expected, const std::string& what) {
  expect_same_numbers(found.lower, expected.lower, what);
  expect_same_numbers(found.upper, expected.upper, what);
  EXPECT_EQ(found.finite, expected.finite) << what;
}

std::vector<std::string> copies(std::size_t count) { return std::vector<std::string>(count, "copy to the host"); }

TEST(DevicePose, HasTheBitsOfTheCpu) {
  for (const auto& cloud : clouds())
    for (const auto& options : normalisations()) {
      const std::string what = cloud.name + ", " + options.frame + ", " + options.normalise;
      const auto points = point_set(cloud.position);
      Bounds box, box_there;
      const auto here = normalised(points, options, &box);
      const auto there = normalised(to(points, tested_device()), options, &box_there);
      EXPECT_TRUE(same_there(there.position, here.position)) << what;
      for (const auto& [name, values] : here.field) EXPECT_TRUE(same_there(there.field.at(name), values)) << what;
      expect_same_numbers(there.viewpoint, here.viewpoint, what);
      EXPECT_NEAR(there.scale, here.scale, test::counts_traffic() ? 0 : 1e-6 * here.scale) << what;
      EXPECT_EQ(there.origin, here.origin) << what;
      expect_same(box, bounds_of_points(here.position), what);
      expect_same(box_there, box, what);
    }
}

TEST(DevicePose, WaitsOnce) {
  const auto points = to(point_set(uniform_points(3000, 3)), tested_device());
  for (const auto& options : normalisations()) {
    const bool moves = options.frame != "input" || options.normalise != "none";
    reset_traffic();
    normalised(points, options);
    EXPECT_TRUE(test::waits_are(traffic().waits, copies(moves ? 1 : 0))) << options.frame << ", " << options.normalise;
    Bounds box;
    reset_traffic();
    normalised(points, options, &box);
    EXPECT_TRUE(test::waits_are(traffic().waits, copies(1))) << options.frame << ", " << options.normalise;
    EXPECT_EQ(traffic().to_device, 0);
    EXPECT_LE(traffic().to_host_bytes, 256);
  }
}

TEST(DeviceThin, HasTheIndicesOfTheCpu) {
  auto all = clouds();
  // Many points of a cell: the order of the input decides.
  all.push_back({"ties", ((uniform_points(4000, 4) * 3).floor() / 3).contiguous()});
  for (const auto& cloud : all)
    for (const std::int64_t count : {1, 2, 7, 255, 256, 300, 4096}) {
      const auto here = thin(cloud.position, count), there = thin(cloud.position.to(tested_device()), count);
      EXPECT_TRUE(same_there(there, here)) << cloud.name << ", " << count;
      const auto box = bounds_of_points(cloud.position);
      EXPECT_TRUE(same_tensor(thin(cloud.position, count, &box), here)) << cloud.name << ", " << count;
    }
}

TEST(DeviceThin, WaitsForABoxThatIsNotKnown) {
  const auto position = uniform_points(3000, 5);
  const auto there = position.to(tested_device());
  const auto box = bounds_of_points(position);
  reset_traffic();
  const auto chosen = thin(there, 200, &box);
  EXPECT_TRUE(traffic().waits.empty());
  thin(there, 3000);
  EXPECT_TRUE(traffic().waits.empty());
  thin(there, 200);
  EXPECT_TRUE(test::waits_are(traffic().waits, copies(1)));
  EXPECT_EQ(traffic().to_device, 0);
  EXPECT_TRUE(same_there(chosen, thin(position, 200)));
}

TEST(DeviceSubset, TakesFieldsAlong) {
  const auto points = point_set(uniform_points(1000, 6));
  const auto there = to(points, tested_device());
  const auto here = subset(points, thin(points.position, 50));
  reset_traffic();
  const auto some = subset(there, thin(points.position, 50).to(tested_device()));
  EXPECT_TRUE(traffic().waits.empty());
  EXPECT_TRUE(same_there(some.position, here.position));
  for (const auto& [name, values] : here.field) EXPECT_TRUE(same_there(some.field.at(name), values)) << name;
}

}  // namespace
}  // namespace treewalk
