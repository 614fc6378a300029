// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

/// Item = piece * width + place: the sum over the rows of a piece.
template <class Real>
struct SumRowsOfPiece {
  static constexpr std::int64_t grain = 16, kPiece = 512;
  const Real* rows;  ///< [n,width]
  std::int64_t size, width;
  Real* partial;  ///< [pieces,width]

  HD void operator()(std::int64_t item) const {
    const std::int64_t begin = item / width * kPiece, end = begin + kPiece < size ? begin + kPiece : size;
    Real sum = 0;
    for (std::int64_t r = begin; r < end; ++r) sum += rows[r * width + item % width];
    partial[item] = sum;
  }
};

/// Item = row of a Csr: the sum of the rows that it names, in their order.
template <class Real>
struct SumMembers {
  static constexpr std::int64_t grain = 128;
  const Real* rows;
  const std::int32_t *offset, *member;
  std::int64_t width;
  Real* sum;

  HD void operator()(std::int64_t r) const {
    for (std::int64_t k = 0; k < width; ++k) {
      Real total = 0;
      for (std::int32_t e = offset[r]; e < offset[r + 1]; ++e) total += rows[member[e] * width + k];
      sum[r * width + k] = total;
    }
  }
};

}  // namespace treewalk
