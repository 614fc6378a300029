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

Octree octree_of(const Recipe& recipe, const at::Tensor& position) {
  Grid grid;
  grid.cell = recipe.scene.cell_size;
  return build_octree(position, grid, recipe.scene.levels);
}

double cost_of(const Recipe& recipe, const at::Tensor& position) {
  return cost_from(octree_of(recipe, position), recipe, 0) +
         static_cast<double>(position.size(0)) * bytes_of_point(recipe);
}

TEST(Cost, IsHighestForPointsWithCellsOfTheirOwn) {
  const auto recipe = parse_recipe(test::small_recipe());
  const double coarsest = recipe.scene.cell_size * std::pow(2, recipe.scene.levels - 1);
  const auto apart = (at::arange(20, at::kFloat).view({20, 1}).expand({20, 3}) * (1.5 * coarsest)).contiguous();
  EXPECT_NEAR(cost_of(recipe, apart) / (20 * highest_cost(recipe)), 1, 1e-9);
}

TEST(Cost, OfPointsInTheSameCellsIsThatOfTheCellsOnce) {
  const auto recipe = parse_recipe(test::small_recipe());
  for (const int n : {1, 2, 1000})
    EXPECT_NEAR(cost_of(recipe, at::zeros({n, 3})), highest_cost(recipe) + (n - 1) * bytes_of_point(recipe), 1e-6);
}

TEST(CostOfObject, CountsNoMoreCellsThanTheLevelsOfOneCubeHave) {
  auto json = test::small_parts_recipe();
  const auto recipe = parse_recipe(json);
  for (const int points : {1, 5, 700}) {
    const auto octree = build_octree(at::rand({points, 3}), {{0, 0, 0}, 1.0 / (1 << (recipe.scene.levels - 1)), 2},
                                     recipe.scene.levels);
    EXPECT_GE(cost_of_object(recipe, points), cost_from(octree, recipe, 0) + points * bytes_of_point(recipe));
  }
  EXPECT_NEAR(cost_of_object(recipe, 1), highest_cost(recipe), 1e-6);
  EXPECT_LT(cost_of_object(recipe, 1000), 1000 * highest_cost(recipe));
}

// Together with the levels above and the points, the cells of a level cost what the cloud costs.
TEST(CellCosts, AddUpToTheWhole) {
  const auto recipe = parse_recipe(test::small_recipe());
  const auto position = at::rand({3000, 3});
  const auto octree = octree_of(recipe, position);
  for (int l = 0; l < octree.levels(); ++l) {
    const auto costs = cell_costs(octree, recipe, l);
    ASSERT_EQ(std::int64_t(costs.size()), octree.level[l].size());
    double total = l + 1 < octree.levels() ? cost_from(octree, recipe, l + 1) : 0;
    for (const float cost : costs) total += cost;
    total += 3000 * bytes_of_point(recipe);
    EXPECT_NEAR(total / cost_of(recipe, position), 1, 1e-6);
  }
}

TEST(PointsAtOnce, AreAllOfASmallCloudAndElseAPieceOrTheFullestLeaf) {
  const auto recipe = parse_recipe(test::small_recipe());
  const auto points_of = [&](const at::Tensor& position) {
    return bytes_of_points_at_once(octree_of(recipe, position), recipe) / bytes_of_point(recipe);
  };
  EXPECT_EQ(points_of(at::rand({500, 3})), 500);
  EXPECT_EQ(points_of(at::rand({kPointsOfPiece + 500, 3}).mul(100 * recipe.scene.cell_size)), kPointsOfPiece);
  EXPECT_EQ(points_of(at::zeros({kPointsOfPiece + 500, 3})), kPointsOfPiece + 500);
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
  json["features"] = {"shape", "fine_ground", "wide_ground"};
  const double both = raster_bytes(parse_recipe(json), ground, {0, 0, 0});
  EXPECT_EQ(both - bytes, 64 * 16 * 16);  // one block of 2 m
  json["features"] = {"shape", "ground"};
  ground.narrow(0, 2, 1).copy_(at::tensor({1e4f, 2e4f, 0.0f}));
  EXPECT_EQ(raster_bytes(parse_recipe(json), ground, {0, 0, 0}), 5 * 16 * 16 * cell);
}

}  // namespace
}  // namespace treewalk
