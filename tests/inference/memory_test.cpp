// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/memory.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/small_networks.h"

namespace treewalk {
namespace {

std::vector<float> costs_of(const Recipe& recipe, const at::Tensor& position) {
  Grid grid;
  grid.cell = recipe.scene.cell_size;
  return point_costs(build_octree(position, grid, recipe.scene.levels), recipe);
}

TEST(PointCosts, OfPointsWithCellsOfTheirOwnAreTheHighest) {
  const auto recipe = parse_recipe(test::small_recipe());
  const double coarsest = recipe.scene.cell_size * std::pow(2, recipe.scene.levels - 1);
  const auto apart = (at::arange(20, at::kFloat).view({20, 1}).expand({20, 3}) * (1.5 * coarsest)).contiguous();
  for (const float cost : costs_of(recipe, apart)) EXPECT_NEAR(cost / highest_cost(recipe), 1, 1e-5);
}

TEST(PointCosts, OfPointsInTheSameCellsShareThem) {
  const auto recipe = parse_recipe(test::small_recipe());
  const auto of_each = [&](int points) {
    const auto costs = costs_of(recipe, at::zeros({points, 3}));
    for (const float cost : costs) EXPECT_EQ(cost, costs[0]);
    return static_cast<double>(costs[0]);
  };
  // point + cells / n
  const double cells = 2 * (of_each(1) - of_each(2)), point = of_each(1) - cells;
  EXPECT_GT(point, 0);
  for (const int n : {3, 10, 1000}) EXPECT_NEAR(of_each(n) / (point + cells / n), 1, 1e-5);
}

TEST(HighestCost, OfSymmetricMasksCountsTheNeighboursOfNeighboursUnlessTheyAreFactored) {
  const auto cost = [](const char* mask, const char* path) {
    auto json = test::recipe_of("TogetherGrf");
    json["network"]["walks"] = {{"hops", 2}, {"walkers", 0}, {"mask", mask}, {"path", path}};
    return highest_cost(parse_recipe(json));
  };
  const auto recipe = parse_recipe(test::recipe_of("TogetherGrf"));
  ASSERT_EQ(recipe.network.widths, (std::vector<int>{16, 16, 16}));
  const double heads = 16.0 / recipe.network.head_width;
  // Cells within 2 * 2 hops, each with a column, a value, its place and a value a head, on all three levels.
  const double product = 3 * (1 + recipe.scene.neighbours * std::pow(4, 1.6)) * (12 + 4 * heads);
  const double directed = cost("one-sided", "entries");
  EXPECT_NEAR(cost("symmetric", "entries") - directed, product, 1e-6 * product);
  EXPECT_EQ(cost("symmetric", "factored"), directed);
}

// 20 x 30 m, and far away one more block of 16 x 16 cells.
TEST(RasterBytes, AreThoseOfTheCellsThatTheFeaturesHave) {
  auto json = test::small_recipe();
  json["features"] = {"shape"};
  const auto ground = at::rand({2000, 3}, at::kFloat).mul(at::tensor({19.9f, 29.9f, 1.0f}));
  ground.narrow(0, 0, 1).zero_();
  ground.narrow(0, 1, 1).copy_(at::tensor({19.5f, 29.5f, 0.0f}));
  EXPECT_EQ(raster_bytes(parse_recipe(json), ground, {0, 0, 0}), 0);
  json["features"] = {"shape", "opening"};
  const double opening = raster_bytes(parse_recipe(json), ground, {0, 0, 0});
  json["features"] = {"shape", "ground"};
  const double bytes = raster_bytes(parse_recipe(json), ground, {0, 0, 0}), cell = bytes / (2 * 2 * 16 * 16);
  EXPECT_GT(cell, 35 * 4);
  EXPECT_LT(cell, 50 * 4);
  EXPECT_GT(opening / (2 * 2 * 16 * 16), 8 * 4);
  ground.narrow(0, 2, 1).copy_(at::tensor({1e4f, 2e4f, 0.0f}));
  EXPECT_EQ(raster_bytes(parse_recipe(json), ground, {0, 0, 0}), 5 * 16 * 16 * cell);
}

}  // namespace
}  // namespace treewalk
