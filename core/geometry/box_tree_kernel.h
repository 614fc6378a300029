// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/geometry/box_tree_arrays.h"
#include "core/geometry/morton.h"

namespace treewalk {

// How a device builds a tree of boxes over points in Morton order.

/// key[i] = Morton key of point i in its place among 2^21 cells an axis of the cube of the points' box.
struct EncodeInBox {
  static constexpr std::int64_t grain = 8192;
  const float* point;     ///< [N,3] finite
  const double* corners;  ///< [6] lower x y z, upper x y z
  std::int64_t* key;      ///< [N]

  HD void operator()(std::int64_t i) const {
    double extent = 0;
    for (int axis = 0; axis < 3; ++axis) {
      const double side = corners[3 + axis] - corners[axis];
      extent = side > extent ? side : extent;
    }
    const double inv_cell = extent > 0 ? (static_cast<double>(kMortonCells) - 0.001) / extent : 0;
    std::uint64_t cell[3];
    for (int axis = 0; axis < 3; ++axis) {
      const double place = (static_cast<double>(point[3 * i + axis]) - corners[axis]) * inv_cell;
      cell[axis] = place > 0
                       ? static_cast<std::uint64_t>(
                             place < static_cast<double>(kMortonCells) ? place : static_cast<double>(kMortonCells - 1))
                       : 0;
    }
    key[i] = static_cast<std::int64_t>(morton_encode(cell[0], cell[1], cell[2]));
  }
};

/// The leaves: 16 points after another, axis by axis.
struct FillLeaves {
  static constexpr std::int64_t grain = 4096;
  const float* point;         ///< [N,3]
  std::int64_t points;        ///< N
  const std::int64_t* order;  ///< [N] Morton order; null: the points stand in it
  float* leaf;                ///< [leaves][3][16]
  std::uint32_t* index;       ///< [leaves][16]

  HD void operator()(std::int64_t slot) const {  ///< leaves * 16
    const bool used = slot < points;
    const std::int64_t from = !used ? 0 : order == nullptr ? slot : order[slot];
    index[slot] = used ? static_cast<std::uint32_t>(from) : kNoPoint;
    float* to = leaf + slot / kFan * 3 * kFan + slot % kFan;
    for (int axis = 0; axis < 3; ++axis) to[axis * kFan] = used ? point[3 * from + axis] : kFarAway;
  }
};

/// The boxes of one level: of leaves, or of the boxes below.
struct FillBoxes {
  static constexpr std::int64_t grain = 512;
  std::uint32_t boxes;  ///< that hold points; places behind them are made empty
  bool of_leaves;
  const float* below;                 ///< points of the leaves, or boxes of the level below
  const std::uint32_t* below_lowest;  ///< indices of the points, or lowest indices below
  float* box;                         ///< [groups of 16][6][16]
  std::uint32_t* lowest;              ///< [groups of 16][16]

  HD void operator()(std::int64_t b) const {  ///< groups * 16
    float lower[3] = {kFarAway, kFarAway, kFarAway}, upper[3] = {-kFarAway, -kFarAway, -kFarAway};
    std::uint32_t least = kNoPoint;
    if (b < static_cast<std::int64_t>(boxes)) {
      const int rows = of_leaves ? 3 : 6;
      const float* from = below + b * rows * kFan;
      for (int j = 0; j < kFan; ++j) {
        const std::uint32_t index = below_lowest[b * kFan + j];
        if (index == kNoPoint) continue;
        least = index < least ? index : least;
        for (int axis = 0; axis < 3; ++axis) {
          const float low = from[axis * kFan + j], high = from[(rows - 3 + axis) * kFan + j];
          lower[axis] = low < lower[axis] ? low : lower[axis];
          upper[axis] = high > upper[axis] ? high : upper[axis];
        }
      }
    }
    float* to = box + b / kFan * 6 * kFan + b % kFan;
    for (int axis = 0; axis < 3; ++axis) {
      to[axis * kFan] = lower[axis];
      to[(3 + axis) * kFan] = upper[axis];
    }
    lowest[b] = least;
  }
};

}  // namespace treewalk
