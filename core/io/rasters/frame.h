// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "treewalk/terrain.h"

namespace treewalk {

/// Reads positions of a cloud as doubles.
struct Positions {
  explicit Positions(const CloudView& cloud) : view(cloud), x(cloud.at("x")), y(cloud.at("y")), z(cloud.at("z")) {}
  struct Point {
    double x, y, z;
  };
  Point operator[](std::int64_t i) const { return {view.value(i, x), view.value(i, y), view.value(i, z)}; }
  static bool finite(const Point& p) { return std::isfinite(p.x) && std::isfinite(p.y) && std::isfinite(p.z); }

  const CloudView& view;
  const Field &x, &y, &z;
};

/// Where the squares of the maps of a cloud lie, and how places are counted in them: in quanta of a power of two, so
/// that what lies on which side of a line is known exactly.
struct MapFrame {
  double cell = 1;
  double first_column = 0, first_row = 0;  ///< in cells from x = 0 and y = 0
  std::int64_t width = 0, height = 0;
  int shift = 0;  ///< 2^shift quanta are the side of a square; neither side of the map is longer than 2^30 of them

  std::int64_t size() const { return width * height; }
  std::int64_t quanta_x(double x) const { return quanta(x / cell - first_column); }
  std::int64_t quanta_y(double y) const { return quanta(y / cell - first_row); }
  /// The square that a place lies in; rows are counted from the north.
  std::int64_t square(std::int64_t quanta_x, std::int64_t quanta_y) const {
    return (height - 1 - (quanta_y >> shift)) * width + (quanta_x >> shift);
  }
  HeightMap empty_map() const;

 private:
  std::int64_t quanta(double cells) const { return static_cast<std::int64_t>(std::floor(std::ldexp(cells, shift))); }
};

/// The frame of the finite points that are not left out. Throws Error as terrain_bytes does.
MapFrame frame_of(const CloudView& cloud, const std::vector<PointUse>& use, double cell);

/// work(i, point) for each of those points.
template <class Work>
void for_each_used(const CloudView& cloud, const std::vector<PointUse>& use, const Work& work) {
  const Positions positions(cloud);
  for (std::int64_t i = 0; i < cloud.size; ++i) {
    if (use[static_cast<std::size_t>(i)] == PointUse::none) continue;
    if (const auto point = positions[i]; Positions::finite(point)) work(i, point);
  }
}

}  // namespace treewalk
