// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/lanes.h"
#include "core/device/portable.h"

// What the lanes of an item do together with a chunk of up to lanes.size entries: each lane holds one entry.

namespace treewalk {

/// Lanes on CUDA: two channels each for heads of 16, and a warp's four groups read neighbouring heads of a row.
constexpr int kCudaLanes = 8;
/// Blocks of attention that a multiprocessor is to hold on CUDA: 48 of its warps, with up to 40 registers a thread.
constexpr int kAttentionBlocks = 12;

/// sum_j weight_j row_j, added to shrink * sum, for the `width` channels of one head; weight_j is held by lane j.
/// Each lane keeps its channels in memory because their number is only known at run time.
template <class Real, class Lanes>
HD inline void add_weighted_rows(const Real* rows, const std::int32_t* column, std::int64_t stride, int count,
                                 int width, Real weight, Real shrink, Real* sum, const Lanes& lanes) {
  NO_UNROLL
  for (int block = 0; block < width; block += Lanes::size) {
    const int c = block + lanes.rank();
    const bool mine = c < width;
    Real total = mine ? sum[c] * shrink : 0;
    NO_UNROLL
    for (int j = 0; j < count; ++j) {
      const Real w = lanes.broadcast(weight, j);
      if (mine) total += w * rows[column[j] * stride + c];
    }
    if (mine) sum[c] = total;
  }
}

/// Dot products of `query` with up to lanes.size rows: lane j gets that of row j.
template <class Real, class Lanes>
HD inline Real dot_rows(const Real* query, const Real* rows, const std::int32_t* column, std::int64_t stride, int count,
                        int width, const Lanes& lanes) {
  Real mine = 0;
  NO_UNROLL
  for (int j = 0; j < count; ++j) {
    const Real* row = rows + column[j] * stride;
    Real partial = 0;
    NO_UNROLL
    for (int c = lanes.rank(); c < width; c += Lanes::size) partial += query[c] * row[c];
    const Real dot = lanes.sum(partial);
    if (j == lanes.rank()) mine = dot;
  }
  return mine;
}

/// `Count` sums shared among the lanes: sum c is held by lane c % lanes.size.
template <class Real, int Count, class Lanes>
struct SharedSums {
  Real own[Count > 0 ? (Count + Lanes::size - 1) / Lanes::size : 1] = {};

  HD void scale(Real factor) {
    UNROLL
    for (Real& sum : own) sum *= factor;
  }
  HD void add(int c, Real value, const Lanes& lanes) {
    if (lanes.rank() == c % Lanes::size) own[c / Lanes::size] += value;
  }
  HD Real sum(int c, const Lanes& lanes) const { return lanes.broadcast(own[c / Lanes::size], c % Lanes::size); }
  /// take(c, sum c) for those that this lane holds.
  template <class Take>
  HD void each(const Lanes& lanes, const Take& take) const {
    UNROLL
    for (int block = 0; block < Count; block += Lanes::size)
      if (block + lanes.rank() < Count) take(block + lanes.rank(), own[block / Lanes::size]);
  }
};

}  // namespace treewalk
