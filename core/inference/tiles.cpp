// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/tiles.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace treewalk {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Splitter {
  const float* position;
  const std::vector<float>& cost;
  double most;
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
    if (total <= most) {
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

}  // namespace

std::vector<Tile> make_tiles(const at::Tensor& position, const std::vector<float>& cost, double most, float halo) {
  Tile whole;
  whole.core_low = {-kInfinity, -kInfinity, -kInfinity};
  whole.core_high = {kInfinity, kInfinity, kInfinity};
  std::vector<std::int32_t> all(position.size(0));
  std::iota(all.begin(), all.end(), 0);
  if (std::accumulate(cost.begin(), cost.end(), 0.0) <= most) {
    whole.point = std::move(all);
    return {whole};
  }
  Splitter splitter{position.const_data_ptr<float>(), cost, most, halo, {}};
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

}  // namespace treewalk
