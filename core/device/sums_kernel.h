// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

/// Adds the partial sums of pieces of rows in their order. Item = group * width + place.
template <class Real>
struct AddPieces {
  static constexpr std::int64_t grain = 1024;
  const Real* partial;        ///< [pieces][width]
  const std::int32_t* first;  ///< [groups+1]: the pieces of each group; null: one group of all `pieces`
  std::int64_t pieces, width;
  Real* total;  ///< [groups][width]

  HD void operator()(std::int64_t item) const {
    const std::int64_t group = item / width, place = item % width;
    const std::int64_t begin = first ? first[group] : 0, end = first ? first[group + 1] : pieces;
    Real sum = 0;
    for (std::int64_t p = begin; p < end; ++p) sum += partial[p * width + place];
    total[item] = sum;
  }
};

/// Item = row: the sum of its numbers.
template <class Real>
struct RowSums {
  static constexpr std::int64_t grain = 1024;
  const Real* rows;  ///< [n,width]
  std::int64_t width;
  Real* sum;

  HD void operator()(std::int64_t r) const {
    Real total = 0;
    for (std::int64_t k = 0; k < width; ++k) total += rows[r * width + k];
    sum[r] = total;
  }
};

}  // namespace treewalk
