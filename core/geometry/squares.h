// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace treewalk {

/// The largest squared distance by which neighbours can be told apart.
constexpr float kFarthest = std::numeric_limits<float>::max();

/// Throws Error for positions [n,3], float32, finite and on the CPU, whose squared distances float32 does not tell
/// apart: all of them within 2^-50 but not in one place, or half of them further apart than 2^63. Returns whether all
/// squared distances are at most kFarthest: a few points that are farther away are no error, and nobody's neighbours.
bool check_squares(const at::Tensor& position);
/// The same for rows [rows,columns] that reach over `extent` where they reach farthest.
bool check_squares(const float* row, std::int64_t rows, std::int64_t columns, double extent);
bool check_squares(const double* row, std::int64_t rows, std::int64_t columns, double extent);

/// The largest squared distance below the radius: a radius search leaves out what lies on its sphere. The least number
/// below 0 where there is none.
template <class T>
T most_within(double radius) {
  if (!(radius > 0)) return -1;
  return std::min(std::nextafter(static_cast<T>(radius * radius), T{-1}), static_cast<T>(kFarthest));
}

}  // namespace treewalk
