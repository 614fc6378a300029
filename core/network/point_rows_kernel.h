// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/attention/attention_arrays.h"
#include "core/device/portable.h"

namespace treewalk {

/// Item = point that is scored: the row of its leaf, and a node record of its own place and the leaf's size and normal.
struct PointRows {
  static constexpr std::int64_t grain = 1024;
  static constexpr int cuda_lanes = 8;
  const std::int32_t *leaf, *place;               ///< of each point
  const std::int32_t *leaf_offset, *leaf_column;  ///< rows of the leaves
  const std::uint8_t* leaf_relation;
  const std::int32_t* offset;  ///< where the points' rows begin
  const float *node, *position;
  std::int32_t* column;
  std::uint8_t* relation;
  float* record;

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int32_t own = leaf[item], from = leaf_offset[own], to = offset[item];
    for (std::int32_t e = lanes.rank(); e < leaf_offset[own + 1] - from; e += Lanes::size) {
      column[to + e] = leaf_column[from + e];
      relation[to + e] = leaf_relation[from + e];
    }
    for (int c = lanes.rank(); c < kNodeRecord; c += Lanes::size)
      record[item * kNodeRecord + c] =
          c < 3 ? position[std::int64_t(place[item]) * 3 + c] : node[std::int64_t(own) * kNodeRecord + c];
  }
};

}  // namespace treewalk
