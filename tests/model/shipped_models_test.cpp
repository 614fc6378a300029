// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/small_scenes.h"
#include "treewalk/session.h"

namespace treewalk {
namespace {

/// How many points get the first class.
std::int64_t first_class(const std::string& name, const Cloud& cloud) {
  const auto model = load_model(std::string(TREEWALK_SHIPPED_MODELS) + "/" + name + ".treewalk");
  const auto& info = model_info(*model);
  EXPECT_EQ(info.features, 2);
  EXPECT_TRUE(info.categories.empty());
  const auto label = Session(model).segment(cloud.view()).label;
  return std::count(label.begin(), label.end(), info.classes.front().id);
}

// The shipped models give the labels that they gave when they were trained, but for the few points whose probabilities
// are so close that the order of a sum decides.
TEST(ShippedModels, GiveTheLabelsTheyAlwaysGave) {
  EXPECT_NEAR(first_class("tabletop", test::small_table(1, 20000)), 18786, 5);
  EXPECT_NEAR(first_class("terrain", test::small_terrain(20000)), 15571, 5);
  EXPECT_NEAR(first_class("airborne", test::small_terrain(20000)), 15172, 5);
}

}  // namespace
}  // namespace treewalk
