// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/device/portable.h"

// Lanes share the channels of a row. A row's sums and maxima are built up in its result, entry by entry, as the number
// of channels is only known at run time; a lane reads back only what it wrote itself.

namespace treewalk {

/// Item = row: [ max | mean ] of the rows of x that it names, and which of them holds each maximum (-1: none).
template <class Real>
struct PoolRows {
  static constexpr std::int64_t grain = 1024;
  const Real* x;  ///< [m, width]
  const std::int32_t *offset, *column;
  std::int64_t width;
  Real* out;             ///< [n, 2 * width]
  std::int32_t* winner;  ///< [n, width]

  template <class Lanes>
  HD void operator()(std::int64_t row, const Lanes& lanes) const {
    Real *best = out + row * 2 * width, *mean = best + width;
    std::int32_t* who = winner + row * width;
    const std::int32_t begin = offset[row], end = offset[row + 1];
    for (std::int64_t c = lanes.rank(); c < width; c += Lanes::size) {
      best[c] = begin == end ? Real(0) : -INFINITY;
      mean[c] = 0;
      who[c] = begin == end ? -1 : column[begin];
    }
    for (std::int32_t e = begin; e < end; ++e) {
      const std::int32_t at = column[e];
      const Real* from = x + at * width;
      for (std::int64_t c = lanes.rank(); c < width; c += Lanes::size) {
        who[c] = from[c] > best[c] ? at : who[c];
        best[c] = from[c] > best[c] ? from[c] : best[c];
        mean[c] += from[c];
      }
    }
    if (begin == end) return;
    const Real share = Real(1) / (end - begin);
    for (std::int64_t c = lanes.rank(); c < width; c += Lanes::size) mean[c] *= share;
  }
};

/// Item = row of x: what it gets from the rows that name it (several, in a learned hierarchy), ascending; of each, its
/// share of the mean and then what the maximum gets.
template <class Real>
struct PoolRowsGradient {
  static constexpr std::int64_t grain = 1024;
  const Real* out_gradient;    ///< [n, 2 * width]
  const std::int32_t* offset;  ///< of the pooled rows
  const std::int32_t* winner;
  const std::int32_t *x_offset, *x_row;  ///< the transpose
  std::int64_t width;
  Real* x_gradient;  ///< [m, width]

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    Real* to = x_gradient + item * width;
    const std::int32_t end = x_offset[item + 1];
    for (std::int64_t c = lanes.rank(); c < width; c += Lanes::size) to[c] = 0;
    for (std::int32_t e = x_offset[item]; e < end; ++e) {
      const std::int64_t row = x_row[e];
      const Real *best = out_gradient + row * 2 * width, *mean = best + width;
      const Real share = Real(1) / (offset[row + 1] - offset[row]);
      const bool last = e + 1 == end || x_row[e + 1] != row;  // a row may name it twice, but has one maximum
      const std::int32_t* who = winner + row * width;
      for (std::int64_t c = lanes.rank(); c < width; c += Lanes::size) {
        to[c] += mean[c] * share;
        to[c] += last && who[c] == item ? best[c] : Real(0);
      }
    }
  }
};

/// Item = row: a copy of row index[item] of x.
template <class Real>
struct UnpoolRows {
  static constexpr std::int64_t grain = 1024;
  const Real* x;
  const std::int32_t* index;
  std::int64_t width;
  Real* out;

  template <class Lanes>
  HD void operator()(std::int64_t row, const Lanes& lanes) const {
    const Real* from = x + index[row] * width;
    for (std::int64_t c = lanes.rank(); c < width; c += Lanes::size) out[row * width + c] = from[c];
  }
};

/// Item = row of x: the sum over its copies, in the order of its members.
template <class Real>
struct UnpoolRowsGradient {
  static constexpr std::int64_t grain = 1024;
  const Real* out_gradient;
  const std::int32_t *offset, *column;  ///< members of each row of x
  std::int64_t width;
  Real* x_gradient;

  template <class Lanes>
  HD void operator()(std::int64_t row, const Lanes& lanes) const {
    Real* to = x_gradient + row * width;
    for (std::int64_t c = lanes.rank(); c < width; c += Lanes::size) to[c] = 0;
    for (std::int32_t e = offset[row]; e < offset[row + 1]; ++e) {
      const Real* from = out_gradient + column[e] * width;
      for (std::int64_t c = lanes.rank(); c < width; c += Lanes::size) to[c] += from[c];
    }
  }
};

}  // namespace treewalk
