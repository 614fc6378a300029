// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "treewalk/terrain.h"

namespace treewalk {

using Place = std::array<double, 3>;

/// A cloud of doubles, and what its points are.
struct Scan {
  Cloud cloud;
  std::vector<PointUse> use;

  void add(const Place& place, PointUse what = PointUse::ground) {
    if (cloud.fields.empty()) {
      for (int k = 0; k < 3; ++k) cloud.fields.push_back({std::string(1, "xyz"[k]), 8u * k, Scalar::float64, 1});
      cloud.stride = 24;
    }
    cloud.data.resize(cloud.data.size() + 24);
    std::memcpy(cloud.data.data() + cloud.data.size() - 24, place.data(), 24);
    ++cloud.width;
    use.push_back(what);
  }
  HeightMap terrain(const TerrainOptions& options) const { return terrain_model(cloud.view(), use, options); }
  HeightMap surface(double cell) const { return surface_model(cloud.view(), use, cell); }
};

using Ground = std::function<double(double x, double y)>;

/// Points of a ground in a square, and its corners.
inline Scan square_of(const Ground& ground, double west, double south, double side, int points, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> place(0, side);
  Scan scan;
  const auto add = [&](double x, double y) { scan.add({west + x, south + y, ground(west + x, south + y)}); };
  for (const double x : {0.0, side})
    for (const double y : {0.0, side}) add(x, y);
  for (int i = 0; i < points; ++i) {
    const double x = place(random);
    add(x, place(random));
  }
  return scan;
}

/// visit(x, y, value) of the middle of each square.
template <class Visit>
void for_each_middle(const HeightMap& map, const Visit& visit) {
  for (std::int64_t row = 0; row < map.height; ++row)
    for (std::int64_t column = 0; column < map.width; ++column)
      visit(map.west + (static_cast<double>(column) + 0.5) * map.cell,
            map.north - (static_cast<double>(row) + 0.5) * map.cell, map.value[row * map.width + column]);
}

inline float at(const HeightMap& map, double x, double y) {
  const auto column = static_cast<std::int64_t>((x - map.west) / map.cell);
  return map.value[static_cast<std::int64_t>((map.north - y) / map.cell) * map.width + column];
}

}  // namespace treewalk
