// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

constexpr std::int64_t kGlobalPiece = 256;  ///< rows that are added up together, whatever the number of threads

/// Rows of queries or keys a [n,heads*features] and of values b [n,heads*width], in groups with a state
/// [heads][features][width] each.
template <class Real>
struct GlobalArrays {
  int heads = 1, features = 0, width = 0;
  const std::int64_t *piece_begin = nullptr, *piece_end = nullptr;  ///< rows of each piece; a piece lies in one group
  const std::int32_t* group_of_piece = nullptr;
  const Real *a = nullptr, *b = nullptr;
  const Real* state = nullptr;  ///< [groups][heads][features][width]
  Real* partial = nullptr;      ///< [pieces][heads][features][width]
  Real* result = nullptr;       ///< [n,heads*width] or [n,heads*features]

  HD std::int64_t state_size() const { return std::int64_t(features) * width; }
};

/// Item = piece * heads + head: sum of a_i (x) b_i.
template <class Real>
struct OuterSums : GlobalArrays<Real> {
  static constexpr std::int64_t grain = 1;
  using A = GlobalArrays<Real>;
  explicit OuterSums(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t piece = item / A::heads;
    const int head = int(item % A::heads);
    Real* sum = A::partial + item * A::state_size();
    for (std::int64_t c = lanes.rank(); c < A::state_size(); c += Lanes::size) sum[c] = 0;
    for (std::int64_t i = A::piece_begin[piece]; i < A::piece_end[piece]; ++i) {
      const Real* left = A::a + (i * A::heads + head) * A::features;
      const Real* right = A::b + (i * A::heads + head) * A::width;
      if (Lanes::size == 1) {
        for (int r = 0; r < A::features; ++r)
          for (int c = 0; c < A::width; ++c) sum[r * A::width + c] += left[r] * right[c];
      } else {
        for (std::int64_t k = lanes.rank(); k < A::state_size(); k += Lanes::size)
          sum[k] += left[k / A::width] * right[k % A::width];
      }
    }
  }
};

/// Item = piece * heads + head: result_i = a_i . state, or b_i . state^T where `transposed`.
template <class Real>
struct StateProducts : GlobalArrays<Real> {
  static constexpr std::int64_t grain = 1;
  using A = GlobalArrays<Real>;
  bool transposed = false;
  StateProducts(const A& arrays, bool t) : A(arrays), transposed(t) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t piece = item / A::heads;
    const int head = int(item % A::heads);
    const Real* own = A::state + (std::int64_t(A::group_of_piece[piece]) * A::heads + head) * A::state_size();
    const int from = transposed ? A::width : A::features, to = transposed ? A::features : A::width;
    for (std::int64_t i = A::piece_begin[piece]; i < A::piece_end[piece]; ++i) {
      const Real* x = (transposed ? A::b : A::a) + (i * A::heads + head) * from;
      Real* y = A::result + (i * A::heads + head) * to;
      for (int c = lanes.rank(); c < to; c += Lanes::size) y[c] = 0;
      for (int r = 0; r < from; ++r)
        for (int c = lanes.rank(); c < to; c += Lanes::size)
          y[c] += x[r] * (transposed ? own[c * A::width + r] : own[r * A::width + c]);
    }
  }
};

}  // namespace treewalk
