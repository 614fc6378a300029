// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/attention/global_arrays.h"
#include "core/attention/row_kernel.h"
#include "core/device/portable.h"

namespace treewalk {

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
    const std::int64_t size = std::int64_t(A::features) * A::width;
    Real* sum = A::partial + item * size;
    for (std::int64_t c = lanes.rank(); c < size; c += Lanes::size) sum[c] = 0;
    for (std::int64_t i = A::piece_begin[piece]; i < A::piece_end[piece]; ++i) {
      const Real* left = A::a + (i * A::heads + head) * A::features;
      const Real* right = A::b + (i * A::heads + head) * A::width;
      if (Lanes::size == 1) {
        for (int r = 0; r < A::features; ++r)
          for (int c = 0; c < A::width; ++c) sum[r * A::width + c] += left[r] * right[c];
      } else {
        for (std::int64_t k = lanes.rank(); k < size; k += Lanes::size)
          sum[k] += left[k / A::width] * right[k % A::width];
      }
    }
  }
};

/// Item = piece * heads + head: result_i = a_i . state.
template <class Real>
struct StateProducts : GlobalArrays<Real> {
  static constexpr std::int64_t grain = 1;
  static constexpr int cuda_blocks = sizeof(Real) == 4 ? kAttentionBlocks : 1;
  using A = GlobalArrays<Real>;
  explicit StateProducts(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t piece = item / A::heads;
    const int head = int(item % A::heads);
    const Real* own = A::state + (std::int64_t(A::group_of_piece[piece]) * A::heads + head) * A::features * A::width;
    for (std::int64_t i = A::piece_begin[piece]; i < A::piece_end[piece]; ++i) {
      const Real* x = A::a + (i * A::heads + head) * A::features;
      Real* y = A::result + (i * A::heads + head) * A::width;
      for (int c = lanes.rank(); c < A::width; c += Lanes::size) {
        Real sum = 0;
        for (int r = 0; r < A::features; ++r) sum += x[r] * own[r * A::width + c];
        y[c] = sum;
      }
    }
  }
};

}  // namespace treewalk
