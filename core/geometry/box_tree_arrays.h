// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

/// Points of a leaf and children of an inner node: one SIMD register of 16 floats, or several shorter ones.
constexpr int kFan = 16;
/// Levels of boxes: 16^7 leaves hold 2^32 points.
constexpr int kMaxBoxLevels = 7;

/// In places without a point, which lie after all others.
constexpr std::uint32_t kNoPoint = 0xffffffffu;
constexpr float kFarAway = __builtin_inff();

/// Points in an order that keeps near ones together in leaves of 16, and over them levels of boxes: box b of a level
/// covers leaves (level 0) or boxes of the level below 16 b .. 16 b + 15. Unused places hold infinity and the largest
/// index.
struct BoxTree {
  int levels = 0;  ///< the last level has at most 16 boxes
  std::uint32_t leaves = 0;
  const float* point = nullptr;                     ///< [leaves][3][16]
  const std::uint32_t* index = nullptr;             ///< [leaves][16] index of each point in the input
  const float* box[kMaxBoxLevels] = {};             ///< [groups of 16][6][16] lower x y z, upper x y z
  const std::uint32_t* lowest[kMaxBoxLevels] = {};  ///< [groups of 16][16] lowest index in the box

  /// Boxes of a level that hold points; those of level 0 are the leaves.
  HD std::uint32_t boxes(int level) const {
    std::uint32_t count = leaves;
    for (; level > 0; --level) count = (count - 1) / kFan + 1;
    return count;
  }
};

}  // namespace treewalk
