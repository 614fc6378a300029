// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/geometry/morton.h"

namespace treewalk {

// How a device builds an octree: keys, a sort, the level from which on each point begins a cell, scans of that, and one
// pass a level that writes the cells.

/// Keys of trees whose cells have branching^3 children: the low digits of a key, in base branching^3, are the place of
/// a cell in its parent. For two they are Morton keys.
struct TreeKeys {
  int branching;

  HD std::uint64_t family() const { return static_cast<std::uint64_t>(branching) * branching * branching; }
  HD std::uint64_t encode(std::uint64_t x, std::uint64_t y, std::uint64_t z) const {
    if (branching == 2) return morton_encode(x, y, z);
    const auto b = static_cast<std::uint64_t>(branching);
    std::uint64_t key = 0, place = 1;  // the place passes 2^63 after the last digit
    for (; x > 0 || y > 0 || z > 0; x /= b, y /= b, z /= b, place *= family())
      key += place * (x % b + b * (y % b + b * (z % b)));
    return key;
  }
  /// The key of the ancestor `level` levels up.
  HD std::uint64_t ancestor(std::uint64_t key, int level) const {
    if (branching == 2) return key >> 3 * level;
    for (; level > 0; --level) key /= family();
    return key;
  }
  /// The finest level on which both have the same ancestor, themselves included.
  HD int common(std::uint64_t a, std::uint64_t b) const {
    if (branching == 2) return common_level(a, b);
    int level = 0;
    for (; a != b; a /= family(), b /= family()) ++level;
    return level;
  }
};

/// key[i] = key of cell floor((point - origin) * inv_cell - base), in double. A point outside of the cells of the grid,
/// or not finite, gets the nearest cell: whether there is one is found apart.
template <class T>
struct EncodeTreeKeys {
  static constexpr std::int64_t grain = 8192;
  const T* point;  ///< [N,3]
  double origin[3], base[3], inv_cell, cells;
  TreeKeys keys;
  std::int64_t* key;  ///< [N]

  HD void operator()(std::int64_t i) const {
    std::uint64_t cell[3];
    for (int axis = 0; axis < 3; ++axis) {
      const double place = (static_cast<double>(point[3 * i + axis]) - origin[axis]) * inv_cell - base[axis];
      cell[axis] = place > 0 ? static_cast<std::uint64_t>(place < cells ? place : cells - 1) : 0;
    }
    key[i] = static_cast<std::int64_t>(keys.encode(cell[0], cell[1], cell[2]));
  }
};

/// level[i] = number of levels on which point i (in the order of the keys) begins a new cell: 0 where it shares the
/// leaf of its predecessor, `levels` for the first point.
struct MarkLevels {
  static constexpr std::int64_t grain = 8192;
  TreeKeys keys;
  const std::int64_t* key;  ///< [N] ascending
  int levels;
  std::int32_t* level;  ///< [N]

  HD void operator()(std::int64_t i) const {
    const int common =
        i == 0 ? levels : keys.common(static_cast<std::uint64_t>(key[i - 1]), static_cast<std::uint64_t>(key[i]));
    level[i] = common < levels ? common : levels;
  }
};

/// The cells of one level. A cell's number is that of the points so far that begin one, so all it needs is at hand
/// where its first point is.
struct WriteLevel {
  static constexpr std::int64_t grain = 8192;
  TreeKeys keys;
  int level;
  std::int64_t points;
  std::int32_t cells, finer_cells;
  const std::int64_t* sorted;  ///< [N] keys of the leaves, ascending
  const std::int32_t* mark;    ///< [N] of MarkLevels
  const std::int32_t* number;  ///< [N] cells of this level that begin up to each point
  const std::int32_t* finer;   ///< [N] the same of the level below; level 0: null
  const std::int64_t* order;   ///< [N] input index of each point; read on level 0
  std::int64_t* key;           ///< [cells]
  std::int32_t *point, *child, *parent_of_finer;
  std::int32_t *order_of_points, *leaf;  ///< [N], written on level 0

  HD void operator()(std::int64_t i) const {
    const std::int32_t cell = number[i] - 1;
    if (i == 0) {
      point[cells] = static_cast<std::int32_t>(points);
      if (finer != nullptr) child[cells] = finer_cells;
    }
    if (finer == nullptr) {
      order_of_points[i] = static_cast<std::int32_t>(order[i]);
      leaf[order[i]] = cell;
    } else if (mark[i] >= level) {
      parent_of_finer[finer[i] - 1] = cell;
    }
    if (mark[i] <= level) return;
    key[cell] = static_cast<std::int64_t>(keys.ancestor(static_cast<std::uint64_t>(sorted[i]), level));
    point[cell] = static_cast<std::int32_t>(i);
    if (finer != nullptr) child[cell] = finer[i] - 1;
  }
};

}  // namespace treewalk
