// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "tests/support/xyz_rows.h"
#include "treewalk/moving_search.h"

namespace treewalk {

using Found = std::vector<std::pair<float, std::int64_t>>;  ///< squared distance and number

/// Rows within a cube of side 1 whose corner is at x: half of them on a lattice of few places, so that many distances
/// are equal; every 17th is not finite.
inline XyzRows<float> some_rows(std::size_t size, std::mt19937& random, float x = 0) {
  std::uniform_real_distribution<float> unit(0, 1);
  std::uniform_int_distribution<int> place(0, 6);
  XyzRows<float> rows;
  for (std::size_t i = 0; i < size; ++i)
    for (int axis = 0; axis < 3; ++axis) {
      const float at = i % 2 ? unit(random) : 0.125f * static_cast<float>(place(random));
      rows.xyz.push_back(i % 17 == 5 && axis == 1 ? std::numeric_limits<float>::quiet_NaN() : axis == 0 ? at + x : at);
    }
  return rows;
}

/// A moving map without any search: a list of all that is there.
class PlainMap {
 public:
  struct Point {
    std::int64_t number;
    float at[3];
  };
  std::vector<Point> points;
  std::int64_t next = 0;

  explicit PlainMap(const std::array<double, 3>& origin = {0, 0, 0}) : origin_(origin) {}

  template <class T>
  void add(const XyzRows<T>& rows) {
    for (std::size_t i = 0; i < rows.xyz.size(); i += 3, ++next) {
      Point point{next, {}};
      for (std::size_t axis = 0; axis < 3; ++axis)
        point.at[axis] = static_cast<float>(double{rows.xyz[i + axis]} - origin_[axis]);
      if (std::isfinite(point.at[0]) && std::isfinite(point.at[1]) && std::isfinite(point.at[2]))
        points.push_back(point);
    }
  }
  std::int64_t forget_oldest(std::int64_t count) {
    const auto gone =
        static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, static_cast<std::int64_t>(points.size())));
    points.erase(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(gone));
    return static_cast<std::int64_t>(gone);
  }
  std::int64_t forget(const AxisBox& box, bool inside) {
    const std::size_t before = points.size();
    points.erase(std::remove_if(points.begin(), points.end(),
                                [&](const Point& point) {
                                  bool in = true;
                                  for (std::size_t axis = 0; axis < 3; ++axis)
                                    in = in && point.at[axis] >= box.lower[axis] - origin_[axis] &&
                                         point.at[axis] <= box.upper[axis] - origin_[axis];
                                  return in == inside;
                                }),
                 points.end());
    return static_cast<std::int64_t>(before - points.size());
  }
  /// All by (distance, number); volatile: no fused operation.
  Found all(const double* query) const {
    Found found;
    float q[3];
    for (std::size_t axis = 0; axis < 3; ++axis) q[axis] = static_cast<float>(query[axis] - origin_[axis]);
    if (!std::isfinite(q[0]) || !std::isfinite(q[1]) || !std::isfinite(q[2])) return found;
    for (const Point& point : points) {
      const volatile float x = point.at[0] - q[0], y = point.at[1] - q[1], z = point.at[2] - q[2];
      const volatile float xx = x * x, yy = y * y, zz = z * z, xy = xx + yy;
      found.emplace_back(xy + zz, point.number);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::array<double, 3> origin_;
};

}  // namespace treewalk
