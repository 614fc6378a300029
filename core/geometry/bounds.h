// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/device/parallel.h"
#include "core/geometry/box.h"

namespace treewalk {

/// The box of a set of points; lower > upper when there are none.
struct Bounds {
  std::array<double, 3> lower, upper;
  bool finite = true;  ///< whether all coordinates were
  /// 0 when there are no points.
  double longest_side() const { return treewalk::longest_side(lower.data(), upper.data()); }
  double side(int axis) const { return upper[axis] - lower[axis]; }
  double middle(int axis) const { return (lower[axis] + upper[axis]) / 2; }
  std::array<double, 3> middle() const { return {middle(0), middle(1), middle(2)}; }
};

template <class T>
Bounds bounds_of(const T* point, std::int64_t begin, std::int64_t end) {
  constexpr int kStep = 12;  // numbers at a time: four points, or whole registers whatever the registers' length
  constexpr T inf = std::numeric_limits<T>::infinity();
  T lower[kStep], upper[kStep], nan[kStep];
  for (int j = 0; j < kStep; ++j) lower[j] = inf, upper[j] = -inf, nan[j] = 0;
  const auto add = [&](const T* from, int count) {
    for (int j = 0; j < count; ++j) {
      lower[j] = from[j] < lower[j] ? from[j] : lower[j];
      upper[j] = from[j] > upper[j] ? from[j] : upper[j];
      nan[j] += from[j] - from[j];  // stays 0 while every coordinate is finite
    }
  };
  const T *from = point + 3 * begin, *last = point + 3 * end;
  for (; last - from >= kStep; from += kStep) add(from, kStep);
  add(from, static_cast<int>(last - from));
  Bounds bounds{{inf, inf, inf}, {-inf, -inf, -inf}};
  for (int j = 0; j < kStep; ++j) {
    bounds.lower[j % 3] = std::fmin(bounds.lower[j % 3], lower[j]);
    bounds.upper[j % 3] = std::fmax(bounds.upper[j % 3], upper[j]);
    bounds.finite = bounds.finite && nan[j] == 0;
  }
  return bounds;
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

/// Box of points [N,3], float32 or float64, contiguous, on any device; elsewhere than on the CPU the host waits once.
Bounds bounds_of_points(const at::Tensor& points);

/// The same as a list [lower x y z, upper x y z] of float64 on the points' device, without waiting; NaN where a
/// coordinate is. At least one point.
at::Tensor corners_of_points(const at::Tensor& points);
Bounds bounds_of_corners(const double* corners);

}  // namespace treewalk
