// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/tiles.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "core/inference/memory.h"
#include "tests/support/small_networks.h"
#include "tests/support/small_sessions.h"
#include "treewalk/memory.h"

namespace treewalk {
namespace {

struct Case {
  int branching, level;
  std::int64_t upward, downward;
};

// A cell's place is that of its points; a tile sees the cells within the margin around the box of its own.
TEST(Tiles, OwnEveryCellOnceAndSeeAllWithinTheMargin) {
  at::manual_seed(1);
  const auto position = at::rand({4000, 3}).mul(at::tensor({64.0f, 40.0f, 8.0f}));
  for (const Case& one : {Case{2, 1, 1, 2}, Case{2, 2, 0, 0}, Case{3, 1, 1, 0}}) {
    Grid grid;
    grid.branching = one.branching;
    const auto octree = build_octree(position, grid, one.level + 2);
    const auto& level = octree.level[one.level];
    const auto side = std::int64_t(std::pow(one.branching, one.level));
    std::vector<std::array<std::int64_t, 3>> place;
    for (std::int64_t c = 0; c < level.size(); ++c) {
      const auto p = octree.order[level.point[c].item<int>()].item<int>();
      place.push_back({});
      for (int a = 0; a < 3; ++a) place.back()[a] = std::int64_t(position[p][a].item<float>()) / side;
    }
    std::vector<float> cost;
    for (std::int64_t c = 0; c < level.size(); ++c) cost.push_back(float(1 + c % 3));
    const double most = 0.8 * level.size();
    const auto tiles = make_tiles({level, one.branching, cost}, {one.upward, one.downward}, most);
    ASSERT_GT(tiles.size(), 3u);
    std::vector<int> owners(place.size(), 0);
    for (const auto& tile : tiles) {
      auto low = place[tile.own.at(0).first], high = low;
      for (const auto& [begin, end] : tile.own)
        for (auto c = begin; c < end; ++c, ++owners[c - 1])
          for (int a = 0; a < 3; ++a) low[a] = std::min(low[a], place[c][a]), high[a] = std::max(high[a], place[c][a]);
      for (const auto& [runs, margin] : {std::pair(tile.upward, one.upward), {tile.downward, one.downward}}) {
        std::vector<int> seen(place.size(), 0);
        double total = 0;
        for (std::size_t r = 0; r < runs.size(); ++r) {
          ASSERT_LT(runs[r].first, runs[r].second);
          ASSERT_TRUE(r == 0 || runs[r].first > runs[r - 1].second);
          for (auto c = runs[r].first; c < runs[r].second; ++c) seen[c] = 1, total += cost[c];
        }
        EXPECT_LE(total, most);
        for (std::size_t c = 0; c < place.size(); ++c) {
          bool near = true;
          for (int a = 0; a < 3; ++a) near &= place[c][a] >= low[a] - margin && place[c][a] <= high[a] + margin;
          ASSERT_EQ(seen[c], near);
        }
      }
    }
    for (const int count : owners) ASSERT_EQ(count, 1);
    const auto whole = make_tiles({level, one.branching, cost}, {one.upward, one.downward}, 3.0 * level.size());
    ASSERT_EQ(whole.size(), 1u);
    EXPECT_EQ(whole[0].upward, (CellRuns{{0, level.size()}}));
    EXPECT_EQ(whole[0].downward, (CellRuns{{0, level.size()}}));
  }
}

// By brute force: the columns within the margin of each cell.
TEST(Tiles, SmallestLimitIsWhatTheDearestCellAndItsMarginCost) {
  at::manual_seed(3);
  const auto octree = build_octree(at::rand({500, 3}).mul(at::tensor({30.0f, 12.0f, 4.0f})), {}, 3);
  const auto& level = octree.level[0];
  std::vector<float> cost;
  for (std::int64_t c = 0; c < level.size(); ++c) cost.push_back(float(1 + c % 5));
  const auto cell = [&](std::int64_t c, int axis) {
    std::int64_t place = 0;
    for (int bit = 0; bit < 20; ++bit) place |= (level.key[c].item<std::int64_t>() >> (3 * bit + axis) & 1) << bit;
    return place;
  };
  std::vector<std::array<std::int64_t, 2>> place;
  for (std::int64_t c = 0; c < level.size(); ++c) place.push_back({cell(c, 0), cell(c, 1)});
  for (const std::int64_t margin : {0, 1, 4, 40}) {
    double most = 0;
    for (const auto& one : place) {
      double total = 0;
      for (std::size_t c = 0; c < place.size(); ++c)
        if (std::abs(place[c][0] - one[0]) <= margin && std::abs(place[c][1] - one[1]) <= margin) total += cost[c];
      most = std::max(most, total);
    }
    const double limit = smallest_limit({level, 2, cost}, margin);
    EXPECT_NEAR(limit / most, 1, 1e-6);
    EXPECT_GE(limit, most);
    EXPECT_NO_THROW(make_tiles({level, 2, cost}, {0, margin}, limit));
  }
}

/// Cells that tiles see in the wider sweep, for each cell of a plane.
double seen_per_cell(const TileCells& plane, std::int64_t margin, double limit) {
  double seen = 0;
  for (const auto& tile : make_tiles(plane, {0, margin}, limit))
    for (const auto& [begin, end] : tile.downward) seen += double(end - begin);
  return seen / double(plane.cost.size());
}

TEST(Tiles, WithAUsefulLimitAreAboutAsWideAsTheirMargin) {
  const std::int64_t side = 120;
  const auto along = at::arange(side, at::kFloat) + 0.5f;
  const auto position =
      at::stack({along.repeat({side}), along.repeat_interleave(side), at::full({side * side}, 0.5f)}, 1);
  const auto octree = build_octree(position.contiguous(), {}, 2);
  const TileCells plane(octree.level[0], 2, std::vector<float>(side * side, 1.0f));
  for (const std::int64_t margin : {0, 1, 4, 9, 12}) {
    const double wide = double(2 * (margin + margin / 2) + 1);
    EXPECT_NEAR(useful_limit(plane, margin), wide * wide, 1e-3) << margin;
    EXPECT_LE(seen_per_cell(plane, margin, useful_limit(plane, margin)), 25) << margin;  // halves of such tiles
  }
  EXPECT_GT(seen_per_cell(plane, 9, smallest_limit(plane, 9)), 100);
}

std::shared_ptr<const Model> local_segmenter() {
  auto recipe = test::small_recipe();
  recipe["features"] = {"normal", "shape", "offset"};
  return test::fresh_model(recipe);
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
  const double cost = cost_from(octree, model->recipe, 0) + 30000 * bytes_of_point(model->recipe);
  const auto base = points.size() * base_bytes_per_point(2);
  const auto enough_mb = ((base + std::int64_t(cost)) >> 20) + 1;
  ASSERT_LT(enough_mb << 20, base + points.size() * std::int64_t(highest_cost(model->recipe)));
  const auto tiling = tiles_of(points, *model, enough_mb);
  EXPECT_TRUE(tiling.tile.empty());
  ASSERT_TRUE(tiling.octree);
  EXPECT_TRUE(at::equal(tiling.octree->order, octree.order));
  // It is the scene's: the labels are those of a cloud whose cells need not be counted.
  RunOptions just_enough;
  just_enough.memory_mb = enough_mb;
  EXPECT_FALSE(tiles_of(points, *model, 100000).octree);
  test::expect_equal(test::segment(cloud, just_enough), test::segment(cloud));
}

/// The limit that a refusal of 1 MB names.
std::int64_t least_mb(const PointSet& points, const Model& model) {
  try {
    tiles_of(points, model, 1);
  } catch (const TooLittleMemory& error) {
    return error.least_mb;
  }
  ADD_FAILURE() << "1 MB are enough";
  return 1;
}

TEST(Tiling, WithMoreMemorySeesMoreLevelsAtOnce) {
  const auto model = local_segmenter();
  const auto points = make_point_set(test::small_table(2, 60000).view(), {}, {});
  const auto least = least_mb(points, *model);
  int last = 3;
  for (const std::int64_t limit : {least, least + 1, least + 3}) {
    const auto tiling = tiles_of(points, *model, limit);
    ASSERT_FALSE(tiling.tile.empty()) << limit;
    EXPECT_LE(tiling.level, last);
    last = tiling.level;
    const double left = double(limit << 20) - 60000.0 * base_bytes_per_point(2);
    const double kept = bytes_kept_below(*tiling.octree, model->recipe, tiling.level);
    const double beside = kept + bytes_of_points_at_once(*tiling.octree, model->recipe);
    EXPECT_LE(cost_above(*tiling.octree, model->recipe, tiling.level) + beside, left);
  }
}

// The limit that a refusal names is one with which it works.
TEST(Tiling, ThatIsImpossibleNamesALimitThatIsEnough) {
  const auto model = local_segmenter();
  const auto points = make_point_set(test::small_table(2, 60000).view(), {}, {});
  for (const std::int64_t limit : {1, 6, 8}) {
    try {
      tiles_of(points, *model, limit);
      FAIL() << limit;
    } catch (const Error& error) {
      const std::string text = error.what();
      const auto at = text.find("points; ");
      ASSERT_NE(at, std::string::npos) << text;
      const auto enough = std::stoll(text.substr(at + 8));
      EXPECT_GT(enough, limit);
      EXPECT_GT(tiles_of(points, *model, enough).tile.size(), 1u);
      EXPECT_THROW(tiles_of(points, *model, enough - 1), Error);
    }
  }
}

TEST(Tiling, OfAModelThatSeesCloudsWholeIsAnErrorThatSaysWhy) {
  const auto points = make_point_set(test::small_table(2, 60000).view(), {}, {});
  try {
    tiles_of(points, *test::segmenter(), 13);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("cannot take the cloud in tiles: its feature \"plane\""),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace treewalk
