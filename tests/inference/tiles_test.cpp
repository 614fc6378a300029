// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/tiles.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "core/inference/memory.h"
#include "tests/support/small_networks.h"
#include "tests/support/small_sessions.h"

namespace treewalk {
namespace {

TEST(Tiles, CoresPartitionThePointsAndWeightsOfNeighboursSumToOne) {
  std::mt19937 random(1);
  auto position = at::empty({5000, 3});
  for (std::int64_t i = 0; i < position.numel(); ++i)
    position.mutable_data_ptr<float>()[i] = float(random() % 10000) * 0.001f;
  const float halo = 0.5f;
  const auto tiles = make_tiles(position, std::vector<float>(5000, 1.0f), 1500, halo);
  ASSERT_GT(tiles.size(), 3u);
  std::vector<int> cores(5000);
  std::vector<float> weight(5000);
  for (const auto& tile : tiles) {
    EXPECT_LE(tile.point.size(), 1500u);
    EXPECT_TRUE(std::is_sorted(tile.point.begin(), tile.point.end()));
    for (const auto p : tile.point) {
      const float* x = position.const_data_ptr<float>() + 3 * p;
      bool inside = true;
      for (int a = 0; a < 3; ++a) inside &= x[a] >= tile.core_low[a] && x[a] < tile.core_high[a];
      cores[p] += inside;
      weight[p] += tile_weight(tile, halo, x);
    }
  }
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(cores[i], 1);
    ASSERT_GT(weight[i], 0.1f);
  }
  const auto whole = make_tiles(position, std::vector<float>(5000, 1.0f), 5000, halo);
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(tile_weight(whole[0], halo, position.const_data_ptr<float>()), 1.0f);
}

TEST(Tiles, ImpossibleLimitsAreErrors) {
  EXPECT_THROW(make_tiles(at::zeros({100, 3}), std::vector<float>(100, 1.0f), 10, 1.0f), c10::Error);
}

/// Made for a model on the CPU.
Tiling tiles_of(const PointSet& points, const Model& model, std::int64_t memory_mb) {
  RunOptions options;
  options.memory_mb = memory_mb;
  Run run{model, model.weights, options, c10::kCPU};
  return treewalk::tiles_of(run, scene_points(points, model.recipe.scene));
}

TEST(Tiling, KeepsTheOctreeOfACloudThatFitsOnceItsCellsAreCounted) {
  const auto model = test::segmenter();
  const auto& options = model->recipe.scene;
  const auto cloud = test::small_table(1, 30000);
  const auto points = make_point_set(cloud.view(), {}, {});
  const auto place = scene_points(points, options);
  const auto octree = build_octree(points.position, scene_grid(place.box, options, place.placement), options.levels);
  double cost = 0;
  for (const float share : point_costs(octree, model->recipe)) cost += share;
  const auto base = points.size() * base_bytes_per_point(2);
  const auto enough_mb = ((base + std::int64_t(cost)) >> 20) + 1;
  ASSERT_LT(enough_mb << 20, base + points.size() * std::int64_t(highest_cost(model->recipe)));
  const auto tiling = tiles_of(points, *model, enough_mb);
  ASSERT_EQ(tiling.tile.size(), 1u);
  EXPECT_TRUE(tiling.tile[0].whole());
  EXPECT_EQ(tiling.points, 30000);
  ASSERT_TRUE(tiling.octree);
  EXPECT_TRUE(at::equal(tiling.octree->order, octree.order));
  // It is the scene's: the labels are those of a cloud whose cells need not be counted.
  RunOptions just_enough;
  just_enough.memory_mb = enough_mb;
  EXPECT_FALSE(tiles_of(points, *model, 100000).octree);
  test::expect_equal(test::segment(cloud, just_enough), test::segment(cloud));
}

TEST(Tiling, PointsOfATileLieInTheCellsOfTheCloudsGrid) {
  const auto model = test::segmenter();
  const auto& options = model->recipe.scene;
  const auto points = make_point_set(test::small_table(2, 30000).view(), {}, {});
  const auto cloud = scene_points(points, options);
  const auto tiling = tiles_of(points, *model, 8);
  ASSERT_GT(tiling.tile.size(), 1u);
  EXPECT_FALSE(tiling.octree);
  std::int64_t all = 0;
  const auto grid = scene_grid(cloud.box, options, cloud.placement);
  for (const auto& tile : tiling.tile) {
    all += static_cast<std::int64_t>(tile.point.size());
    const auto part = scene_points(cloud, tile, options);
    const auto own = scene_grid(part.box, options, part.placement);
    for (int a = 0; a < 3; ++a) {
      const double cells = (own.origin[a] - grid.origin[a]) / (grid.cell * std::pow(2, options.levels - 1));
      EXPECT_NEAR(cells, std::round(cells), 1e-6);
    }
  }
  EXPECT_EQ(all, tiling.points);
}

}  // namespace
}  // namespace treewalk
