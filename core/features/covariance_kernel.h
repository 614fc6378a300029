// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/scene/eigen3_arrays.h"

namespace treewalk {

/// item = point: its columns of "covariance" (covariance.cpp).
struct CovariancePoints {
  static constexpr std::int64_t grain = 1024;
  const float* position;          ///< [N,3]
  const std::int32_t* neighbour;  ///< [N,width] nearest first
  int width;
  float* to;
  std::int64_t stride;

  HD void operator()(std::int64_t i) const {
    write(covariance_of(i, width < 7 ? width : 7), to + i * stride);
    write(covariance_of(i, width), to + i * stride + 7);
  }
  /// Of a point and its first `count` neighbours (fewer where -1), about the point to keep precision.
  HD Symmetric3 covariance_of(std::int64_t point, int count) const {
    const float* centre = position + 3 * point;
    const std::int32_t* near = neighbour + point * width;
    Vector3 sum{0, 0, 0};
    Symmetric3 square{0, 0, 0, 0, 0, 0};
    double n = 1;  // the point itself, at 0
    for (int k = 0; k < count && near[k] >= 0; ++k, n += 1) {
      const float* p = position + 3 * static_cast<std::int64_t>(near[k]);
      const double x = static_cast<double>(p[0]) - centre[0];
      const double y = static_cast<double>(p[1]) - centre[1];
      const double z = static_cast<double>(p[2]) - centre[2];
      sum[0] += x, sum[1] += y, sum[2] += z;
      square[0] += x * x, square[1] += x * y, square[2] += x * z;
      square[3] += y * y, square[4] += y * z, square[5] += z * z;
    }
    const Vector3 mean{sum[0] / n, sum[1] / n, sum[2] / n};
    return {square[0] / n - mean[0] * mean[0], square[1] / n - mean[0] * mean[1], square[2] / n - mean[0] * mean[2],
            square[3] / n - mean[1] * mean[1], square[4] / n - mean[1] * mean[2], square[5] / n - mean[2] * mean[2]};
  }
  HD static void write(const Symmetric3& c, float* to) {
    const double trace = std::max(c[0] + c[3] + c[5], 0.0), f = trace > 0 ? 1 / trace : 0;
    const double share[6] = {c[0] * f, c[3] * f, c[5] * f, 2 * c[1] * f, 2 * c[2] * f, 2 * c[4] * f};
    for (int k = 0; k < 6; ++k) to[k] = static_cast<float>(std::clamp(share[k], -1.0, 1.0));
    to[6] = static_cast<float>(std::clamp(0.5 * std::log(trace + 1e-9) + 2.5, -8.0, 8.0));
  }
};

}  // namespace treewalk
