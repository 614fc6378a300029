// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/attention/row_kernel.h"

namespace treewalk {

/// A sparse matrix per head with dense rows: y_h(i) = sum_j A_h(i,j) x_h(j).
template <class Real>
struct SparseArrays {
  std::int64_t rows = 0;
  int heads = 1, width = 0, value_heads = 1;  ///< value_heads: heads, or 1 where all share the matrix
  const std::int32_t *offset = nullptr, *column = nullptr;
  const std::int32_t* entry = nullptr;  ///< of a transpose: where each entry's value lies; null: in place
  const Real *value = nullptr, *x = nullptr;
  Real* y = nullptr;
  const Real* y_gradient = nullptr;
  Real* value_gradient = nullptr;  ///< [E][heads]
};

/// Item = row * heads + head.
template <class Real>
struct SparseRows : SparseArrays<Real> {
  static constexpr std::int64_t grain = 64;
  using A = SparseArrays<Real>;
  explicit SparseRows(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t row = item / A::heads, stride = std::int64_t(A::heads) * A::width;
    const int head = int(item % A::heads), value_head = A::value_heads > 1 ? head : 0;
    const std::int32_t end = A::offset[row + 1];
    Real* y = A::y + item * A::width;
    for (int c = lanes.rank(); c < A::width; c += Lanes::size) y[c] = 0;
    for (std::int32_t first = A::offset[row]; first < end; first += Lanes::size) {
      const int count = end - first < Lanes::size ? end - first : Lanes::size;
      Real weight = 0;
      if (lanes.rank() < count) {
        const std::int64_t at = first + lanes.rank();
        weight = A::value[(A::entry ? A::entry[at] : at) * A::value_heads + value_head];
      }
      add_weighted_rows(A::x + std::int64_t(head) * A::width, A::column + first, stride, count, A::width, weight,
                        Real(1), y, lanes);
    }
  }
};

/// Item = row * heads + head: dA_h(i,j) = <dy_h(i), x_h(j)>.
template <class Real>
struct SparseValueGradient : SparseArrays<Real> {
  static constexpr std::int64_t grain = 64;
  using A = SparseArrays<Real>;
  explicit SparseValueGradient(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t row = item / A::heads, stride = std::int64_t(A::heads) * A::width;
    const int head = int(item % A::heads);
    const std::int32_t end = A::offset[row + 1];
    for (std::int32_t first = A::offset[row]; first < end; first += Lanes::size) {
      const int count = end - first < Lanes::size ? end - first : Lanes::size;
      const Real dot = dot_rows(A::y_gradient + item * A::width, A::x + std::int64_t(head) * A::width,
                                A::column + first, stride, count, A::width, lanes);
      if (lanes.rank() < count) A::value_gradient[std::int64_t(first + lanes.rank()) * A::heads + head] = dot;
    }
  }
};

}  // namespace treewalk
