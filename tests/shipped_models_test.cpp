// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/small_scenes.h"
#include "treewalk/session.h"

namespace treewalk {
namespace {

/// A rolling field of 200 m with houses and bushes.
Cloud small_terrain(int points) {
  std::mt19937_64 random(2);
  const auto uniform = [&](double low, double high) { return low + (high - low) * (random() >> 11) * 0x1p-53; };
  std::vector<float> xyz;
  for (int i = 0; i < points; ++i) {
    const double x = uniform(0, 200), y = uniform(0, 200), bush = uniform(0, 1), height = uniform(0, 6);
    const bool house = std::fmod(x, 50) < 15 && std::fmod(y, 60) < 20;
    const double z = 5 * std::sin(x / 40) + 3 * std::cos(y / 30) + (house ? 7 : bush < 0.15 ? height : 0);
    xyz.insert(xyz.end(), {float(x), float(y), float(z + uniform(-0.05, 0.05))});
  }
  return test::labelled_cloud(xyz, std::vector<std::uint32_t>(points, 0));
}

/// How many points get the first class.
std::int64_t first_class(const std::string& name, const Cloud& cloud) {
  const auto model = load_model(std::string(TREEWALK_SHIPPED_MODELS) + "/" + name + ".treewalk");
  const auto& info = model_info(*model);
  EXPECT_EQ(info.temperature, 1);
  EXPECT_TRUE(info.categories.empty());
  const auto label = Session(model).segment(cloud.view()).label;
  return std::count(label.begin(), label.end(), info.classes.front().id);
}

// Models written by the first version give the labels that they gave then, but for the few points whose probabilities
// are so close that the order of a sum decides.
TEST(ShippedModels, GiveTheLabelsTheyAlwaysGave) {
  EXPECT_NEAR(first_class("tabletop", test::small_table(1, 20000)), 18786, 5);
  EXPECT_NEAR(first_class("terrain", small_terrain(20000)), 15409, 5);
}

}  // namespace
}  // namespace treewalk
