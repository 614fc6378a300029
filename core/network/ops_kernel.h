// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/device/random.h"

namespace treewalk {

/// Dropout. Eight numbers share a random word, eight bits each. Item = eight numbers.
template <class Real>
struct DropNumbers {
  static constexpr std::int64_t grain = 4096;
  const Real* from;
  Real* to;
  std::int64_t size;
  std::uint32_t threshold;  ///< of 256
  Real scale;               ///< of the numbers that stay
  std::uint64_t key;

  HD void operator()(std::int64_t item) const {
    const std::uint64_t word = mix(key + static_cast<std::uint64_t>(item));
    const std::int64_t first = 8 * item, last = size - first < 8 ? size - first : 8;
    for (std::int64_t i = 0; i < last; ++i)
      to[first + i] = from[first + i] * ((word >> (8 * i) & 0xff) < threshold ? Real(0) : scale);
  }
};

/// Item = relation: its unit of distance, in sizes of the query's cell: 1 for itself, 2 for siblings, 1/2 for children,
/// 2^(t-1) for an ancestor t levels up.
struct RelationScale {
  static constexpr std::int64_t grain = 1024;
  float* scale;

  HD void operator()(std::int64_t item) const {
    scale[item] = item == 0 ? 1.0f : item == 1 ? 2.0f : item == 2 ? 0.5f : std::ldexp(1.0f, static_cast<int>(item) - 3);
  }
};

}  // namespace treewalk
