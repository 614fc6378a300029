// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/tiles.h"

#include <ATen/ops/from_blob.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "core/inference/memory.h"
#include "core/scene/normalise.h"

namespace treewalk {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Splitter {
  const float* position;
  const std::vector<float>& cost;
  double max_cost;
  float halo;
  std::vector<Tile> tiles;

  bool inside(std::int64_t p, const Tile& tile) const {
    for (int a = 0; a < 3; ++a) {
      const float x = position[3 * p + a];
      if (x < tile.core_low[a] - halo || x > tile.core_high[a] + halo) return false;
    }
    return true;
  }

  /// candidates: a superset of the points in the grown tile, ascending.
  void split(Tile tile, const std::vector<std::int32_t>& candidates) {
    std::vector<std::int32_t> core;
    double total = 0;
    for (const auto p : candidates) {
      if (!inside(p, tile)) continue;
      tile.point.push_back(p);
      total += cost[p];
      bool in_core = true;
      for (int a = 0; a < 3 && in_core; ++a)
        in_core = position[3 * p + a] >= tile.core_low[a] && position[3 * p + a] < tile.core_high[a];
      if (in_core) core.push_back(p);
    }
    if (core.empty()) return;  // its halo points belong to other cores
    if (total <= max_cost) {
      tiles.push_back(std::move(tile));
      return;
    }
    std::array<float, 3> low{kInfinity, kInfinity, kInfinity}, high{-kInfinity, -kInfinity, -kInfinity};
    for (const auto p : core)
      for (int a = 0; a < 3; ++a) {
        low[a] = std::min(low[a], position[3 * p + a]);
        high[a] = std::max(high[a], position[3 * p + a]);
      }
    int axis = 0;
    for (int a = 1; a < 3; ++a)
      if (high[a] - low[a] > high[axis] - low[axis]) axis = a;
    TORCH_CHECK(high[axis] - low[axis] > halo, "the memory limit is too small: ", tile.point.size(),
                " points lie within one tile of ", high[axis] - low[axis], " and its margin of ", halo,
                "; raise the limit or thin the cloud");
    std::vector<float> along;
    along.reserve(core.size());
    for (const auto p : core) along.push_back(position[3 * p + axis]);
    std::nth_element(along.begin(), along.begin() + along.size() / 2, along.end());
    float middle = along[along.size() / 2];
    if (!(middle > low[axis])) middle = (low[axis] + high[axis]) / 2;
    Tile left = tile, right = tile;
    left.point.clear();
    right.point.clear();
    left.core_high[axis] = middle;
    right.core_low[axis] = middle;
    const auto all = std::move(tile.point);
    split(std::move(left), all);
    split(std::move(right), all);
  }
};

/// Side of a cell of the last level of a scene that is not normalised.
double coarsest_cell(const SceneOptions& options) {
  return options.cell_size * std::pow(options.branching, options.levels - 1);
}

}  // namespace

std::vector<Tile> make_tiles(const at::Tensor& position, const std::vector<float>& cost, double max_cost, float halo) {
  Tile whole;
  whole.core_low = {-kInfinity, -kInfinity, -kInfinity};
  whole.core_high = {kInfinity, kInfinity, kInfinity};
  if (std::accumulate(cost.begin(), cost.end(), 0.0) <= max_cost) return {whole};
  std::vector<std::int32_t> all(position.size(0));
  std::iota(all.begin(), all.end(), 0);
  Splitter splitter{position.const_data_ptr<float>(), cost, max_cost, halo, {}};
  splitter.split(whole, all);
  return std::move(splitter.tiles);
}

float tile_weight(const Tile& tile, float halo, const float* position) {
  float weight = 1;
  for (int a = 0; a < 3; ++a) {
    const float inwards = std::min(position[a] - tile.core_low[a], tile.core_high[a] - position[a]);
    weight *= std::clamp(0.5f + 0.5f * inwards / halo, 0.0f, 1.0f);
  }
  return weight;
}

ScenePoints scene_points(PointSet points, const SceneOptions& options) {
  const auto box = bounds_of_points(points.position);
  const auto placement = default_placement(points, options);
  return {std::move(points), box, placement};
}

ScenePoints scene_points(const ScenePoints& cloud, const Tile& tile, const SceneOptions& options) {
  if (tile.whole()) return cloud;
  const auto index =
      at::from_blob(const_cast<std::int32_t*>(tile.point.data()), {std::int64_t(tile.point.size())}, at::kInt);
  return scene_points(subset(cloud.points, index), options);
}

Tiling tiles_of(Run& run, const ScenePoints& cloud) {
  const auto& recipe = run.model.recipe;
  const auto count = cloud.points.size();
  const auto limit = run.options.memory_mb > 0 ? run.options.memory_mb : free_memory_mb(run.device) * 3 / 4;
  const auto base = count * base_bytes_per_point(run.model.network.classes());
  const auto for_tiles = static_cast<double>((limit << 20) - base);
  const double highest = highest_cost(recipe);
  if (for_tiles < 1000 * highest)
    throw Error("a memory limit of " + std::to_string(limit) + " MB is too small for " + std::to_string(count) +
                " points; at least " + std::to_string(((base + std::int64_t(1000 * highest)) >> 20) + 1) +
                " MB are needed, and ten times that is reasonable");
  Tiling tiling;
  tiling.halo = static_cast<float>(coarsest_cell(recipe.scene));
  const double rasters = raster_bytes(recipe, cloud.points.position, cloud.placement.origin);
  if (static_cast<double>(count) * highest + rasters <= for_tiles) {
    tiling.tile.resize(1);
  } else {
    run.watch.start("tiles");
    tiling.octree =
        build_octree(cloud.points.position, scene_grid(cloud.box, recipe.scene, cloud.placement), recipe.scene.levels);
    run.size = measure(*tiling.octree, cloud.box);
    auto cost = point_costs(*tiling.octree, recipe);
    for (float& one : cost)
      one += static_cast<float>(rasters / static_cast<double>(count));  // a tile's cells, on average
    tiling.tile = make_tiles(cloud.points.position, cost, for_tiles, tiling.halo);
    if (!tiling.tile.front().whole()) tiling.octree.reset();
  }
  for (const auto& tile : tiling.tile) tiling.points += tile.whole() ? count : std::int64_t(tile.point.size());
  return tiling;
}

}  // namespace treewalk
