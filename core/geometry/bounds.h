// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/device/parallel.h"

namespace treewalk {

/// The box of a set of points; lower > upper when there are none.
struct Bounds {
  std::array<double, 3> lower, upper;
  bool finite = true;  ///< whether all coordinates were
};

template <class T>
Bounds bounds_of(const T* point, std::int64_t begin, std::int64_t end) {
  constexpr T inf = std::numeric_limits<T>::infinity();
  T lower[3] = {inf, inf, inf}, upper[3] = {-inf, -inf, -inf}, nan[3] = {0, 0, 0};
  for (std::int64_t i = begin; i < end; ++i)
    for (int axis = 0; axis < 3; ++axis) {
      const T x = point[3 * i + axis];
      lower[axis] = x < lower[axis] ? x : lower[axis];
      upper[axis] = x > upper[axis] ? x : upper[axis];
      nan[axis] += x - x;  // stays 0 while every x is finite
    }
  return {{lower[0], lower[1], lower[2]}, {upper[0], upper[1], upper[2]}, nan[0] + nan[1] + nan[2] == 0};
}

/// Box of points [size,3] on the CPU.
template <class T>
Bounds parallel_bounds(const T* point, std::int64_t size) {
  constexpr std::int64_t piece = 1 << 15;
  std::vector<Bounds> part((size + piece - 1) / piece);
  parallel_pieces(size, piece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    part[p] = bounds_of(point, begin, end);
  });
  Bounds all = bounds_of(point, 0, 0);
  for (const Bounds& some : part) {
    all.finite = all.finite && some.finite;
    for (int axis = 0; axis < 3; ++axis) {
      all.lower[axis] = std::fmin(all.lower[axis], some.lower[axis]);
      all.upper[axis] = std::fmax(all.upper[axis], some.upper[axis]);
    }
  }
  return all;
}

}  // namespace treewalk
