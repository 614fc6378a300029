// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/tiles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/device/in_out.h"
#include "core/inference/memory.h"
#include "core/network/reach.h"
#include "core/scene/normalise.h"

namespace treewalk {
namespace {

using Place = std::array<std::int32_t, 3>;

/// The coordinates of cells by their keys, whose digits are places in the parents.
std::vector<Place> places_of(const TileCells& cells) {
  const std::int64_t *key = in(cells.level.key), b = cells.branching;
  std::vector<Place> places(cells.level.size());
  for (std::size_t c = 0; c < places.size(); ++c) {
    std::int64_t side = 1;
    for (std::int64_t rest = key[c]; rest > 0; side *= b)
      for (auto& coordinate : places[c]) {
        coordinate += static_cast<std::int32_t>(rest % b * side);
        rest /= b;
      }
  }
  return places;
}

struct Splitter {
  const TileCells& cells;
  Margins margins;
  double max_cost;
  std::vector<Place> place = places_of(cells);
  std::vector<Tile> tiles{};

  /// The cells within so many around the box of these.
  CellRuns around(std::int64_t begin, std::int64_t end, std::int64_t margin) const {
    Place low = place[begin], high = place[begin];
    for (std::int64_t c = begin; c < end; ++c)
      for (int a = 0; a < 3; ++a) {
        low[a] = std::min(low[a], place[c][a]);
        high[a] = std::max(high[a], place[c][a]);
      }
    CellRuns runs;
    for (std::int64_t c = 0; c < static_cast<std::int64_t>(place.size()); ++c) {
      bool near = true;
      for (int a = 0; a < 3; ++a) near &= place[c][a] >= low[a] - margin && place[c][a] <= high[a] + margin;
      if (!near) continue;
      if (!runs.empty() && runs.back().second == c)
        ++runs.back().second;
      else
        runs.emplace_back(c, c + 1);
    }
    return runs;
  }

  double cost_of(const CellRuns& runs) const {
    double cost = 0;
    for (const auto& [begin, end] : runs)
      for (std::int64_t c = begin; c < end; ++c) cost += cells.cost[c];
    return cost;
  }

  /// Where the coarsest cell that holds these is cut between its children, as near to the middle as can be.
  std::int64_t cut(std::int64_t begin, std::int64_t end) const {
    const std::int64_t *key = in(cells.level.key),
                       children = std::int64_t{cells.branching} * cells.branching * cells.branching;
    std::int64_t size = 1;  // cells of the level in a child
    while (key[begin] / size / children != key[end - 1] / size / children) size *= children;
    const std::int64_t middle = (begin + end) / 2, child = key[middle] / size;
    const auto first_of = [&](std::int64_t wanted) {
      return std::lower_bound(key + begin, key + end, wanted * size) - key;
    };
    const std::int64_t before = first_of(child), after = first_of(child + 1);
    if (before == begin) return after;
    return after == end || middle - before <= after - middle ? before : after;
  }

  void split(std::int64_t begin, std::int64_t end) {
    Tile tile{begin, end, around(begin, end, margins.upward), around(begin, end, margins.downward)};
    const double cost = std::max(cost_of(tile.upward), cost_of(tile.downward));
    if (cost <= max_cost) {
      tiles.push_back(std::move(tile));
      return;
    }
    if (end - begin == 1)
      throw Error("the memory limit is too small: the smallest tile takes " +
                  std::to_string((static_cast<std::int64_t>(cost) >> 20) + 1) + " MB where " +
                  std::to_string(static_cast<std::int64_t>(max_cost) >> 20) +
                  " MB are left for it; raise the limit or thin the cloud");
    const auto middle = cut(begin, end);
    split(begin, middle);
    split(middle, end);
  }
};

void need(std::int64_t limit, double bytes, std::int64_t points) {
  if (static_cast<double>(limit << 20) >= bytes) return;
  throw Error("a memory limit of " + std::to_string(limit) + " MB is too small for " + std::to_string(points) +
              " points; at least " + std::to_string((static_cast<std::int64_t>(bytes) >> 20) + 1) + " MB are needed");
}

}  // namespace

std::vector<Tile> make_tiles(const TileCells& cells, const Margins& margins, double max_cost) {
  Splitter splitter{cells, margins, max_cost};
  if (cells.level.size() > 0) splitter.split(0, cells.level.size());
  return std::move(splitter.tiles);
}

ScenePoints scene_points(PointSet points, const SceneOptions& options) {
  const auto box = bounds_of_points(points.position);
  const auto placement = default_placement(points, options);
  return {std::move(points), box, placement};
}

Tiling tiles_of(Run& run, const ScenePoints& cloud) {
  const auto& recipe = run.model.recipe;
  const auto count = cloud.points.size();
  const auto limit = run.options.memory_mb > 0 ? run.options.memory_mb : free_memory_mb(run.device) * 3 / 4;
  const double base = static_cast<double>(count * base_bytes_per_point(run.model.network.classes())) +
                      raster_bytes(recipe, cloud.points.position, cloud.placement.origin);
  const double left = static_cast<double>(limit << 20) - base;
  Tiling tiling;
  if (static_cast<double>(count) * highest_cost(recipe) <= left) return tiling;
  need(limit, base, count);
  run.watch.start("tiles");
  tiling.octree =
      build_octree(cloud.points.position, scene_grid(cloud.box, recipe.scene, cloud.placement), recipe.scene.levels);
  run.size = measure(*tiling.octree, cloud.box);
  const double whole = cost_from(*tiling.octree, recipe, 0) + static_cast<double>(count) * bytes_of_point(recipe);
  if (whole <= left) return tiling;
  if (const auto why = what_sees_whole_clouds(recipe); !why.empty())
    throw Error("a memory limit of " + std::to_string(limit) + " MB is too small for " + std::to_string(count) +
                " points; " + std::to_string((static_cast<std::int64_t>(base + whole) >> 20) + 1) +
                " MB are needed, and the model cannot take the cloud in tiles: " + why);
  // The finest level from which on everything fits into half of the memory: the tiles' margins are narrowest then.
  while (cost_from(*tiling.octree, recipe, tiling.level) > left / 2) {
    need(limit, base + 2 * cost_from(*tiling.octree, recipe, recipe.scene.levels - 1), count);
    ++tiling.level;
  }
  const double side = recipe.scene.cell_size * std::pow(recipe.scene.branching, tiling.level);
  const TileCells cells{tiling.octree->level[tiling.level], recipe.scene.branching,
                        cell_costs(*tiling.octree, recipe, tiling.level)};
  const auto reach = tile_margins(recipe, run.model.network, tiling.level);
  const auto in_cells = [side](double distance) { return static_cast<std::int64_t>(std::ceil(distance / side)); };
  tiling.tile = make_tiles(cells, {in_cells(reach.upward), in_cells(reach.downward)},
                           left - cost_from(*tiling.octree, recipe, tiling.level));
  return tiling;
}

}  // namespace treewalk
