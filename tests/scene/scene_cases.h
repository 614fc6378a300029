// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>

#include "core/features/feature.h"
#include "tests/support/input_scene.h"
#include "tests/support/placement.h"
#include "tests/support/support.h"

namespace treewalk::test {

inline SceneOptions all_features(const std::string& orientation = "viewpoint") {
  SceneOptions options;
  options.cell_size = 0.02;
  options.orientation = orientation;
  options.features = feature_names();
  return options;
}

inline PointSet cloud(const at::Tensor& position) {
  PointSet points;
  points.position = position;
  points.viewpoint = {0.5f, 0.4f, 2.0f};
  return points;
}

inline Scene make(const at::Tensor& position, const SceneOptions& options) {
  return test::input_scene(cloud(position), options, test::half_leaf_placement(options));
}

inline at::Tensor shuffled(std::int64_t size, std::uint64_t seed) {
  auto order = at::empty({size}, at::kLong);
  auto* to = order.data_ptr<std::int64_t>();
  std::iota(to, to + size, 0);
  std::shuffle(to, to + size, std::mt19937_64(seed));
  return order;
}

inline void expect_same_cells(const Scene& a, const Scene& b) {
  ASSERT_EQ(a.cell.size(), b.cell.size());
  for (std::size_t l = 0; l < a.cell.size(); ++l) {
    EXPECT_TRUE(same_tensor(a.cell[l], b.cell[l])) << "level " << l;
    EXPECT_TRUE(same_tensor(a.hierarchy.siblings[l].column, b.hierarchy.siblings[l].column)) << "level " << l;
  }
  EXPECT_TRUE(same_tensor(a.hierarchy.node, b.hierarchy.node));
}

inline void expect_finite(const Scene& scene) {
  for (const auto& cell : scene.cell) EXPECT_TRUE(at::isfinite(cell).all().item<bool>());
  EXPECT_TRUE(at::isfinite(scene.point).all().item<bool>());
  EXPECT_TRUE(at::isfinite(scene.offset).all().item<bool>());
  EXPECT_TRUE(at::isfinite(scene.hierarchy.node).all().item<bool>());
}

}  // namespace treewalk::test
