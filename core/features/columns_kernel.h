// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/features/cells_kernel.h"
#include "core/geometry/morton.h"

// Lowest points of the vertical columns of leaves. Leaves of one column are neighbours in the order of the key of their
// x and y, and so are those of wider columns: a column of level j is a run of up to four columns of level j - 1.
namespace treewalk {

/// item = leaf: that key.
struct ColumnKey {
  static constexpr std::int64_t grain = 8192;
  LevelArrays leaves;
  std::int64_t* key;
  HD void operator()(std::int64_t c) const {
    key[c] = static_cast<std::int64_t>(morton_encode(static_cast<std::uint64_t>(leaves.coordinate[c][0]),
                                                     static_cast<std::uint64_t>(leaves.coordinate[c][1]), 0));
  }
};

struct ColumnArrays {
  std::int64_t leaves;
  const std::int64_t* key;   ///< ascending
  const std::int64_t* cell;  ///< leaf of each key
  // Of the runs of the level at hand, at their first place:
  std::int64_t* end;
  float* low;
  std::int64_t* first;  ///< where the run begins that holds the run of the level below which begins here
  HD bool begins(std::int64_t k, int level) const { return k == 0 || key[k] >> 3 * level != key[k - 1] >> 3 * level; }
};

/// item = place in that order: the lowest point of the leaf there, as a run of its own.
struct LowestOfLeaf {
  static constexpr std::int64_t grain = 512;
  ColumnArrays columns;
  const std::int32_t* point;  ///< OctreeLevel::point of the leaves
  const float* position;      ///< [N,3] in Morton order
  HD void operator()(std::int64_t k) const {
    const std::int64_t c = columns.cell[k];
    float low = position[3 * static_cast<std::int64_t>(point[c]) + 2];
    for (std::int64_t i = point[c]; i < point[c + 1]; ++i) low = std::min(low, position[3 * i + 2]);
    columns.low[k] = low;
    columns.end[k] = k + 1;
  }
};

/// item = place: where a run of `level` begins, it is put together from those of the level below.
struct JoinColumns {
  static constexpr std::int64_t grain = 4096;
  ColumnArrays columns;
  int level;
  HD void operator()(std::int64_t k) const {
    if (!columns.begins(k, level)) return;
    float low = columns.low[k];
    columns.first[k] = k;
    std::int64_t next = columns.end[k];
    while (next < columns.leaves && !columns.begins(next, level)) {
      low = std::min(low, columns.low[next]);
      columns.first[next] = k;
      next = columns.end[next];
    }
    columns.low[k] = low;
    columns.end[k] = next;
  }
};

/// item = place: the leaf's height over its column of `level`.
struct HeightOverColumn {
  static constexpr std::int64_t grain = 4096;
  ColumnArrays columns;
  std::int64_t* run;  ///< where the place's run of the level below begins; then that of this one
  const Moments* raw;
  float* to;  ///< of the leaves, at the level's column
  std::int64_t stride;
  HD void operator()(std::int64_t k) const {
    const std::int64_t c = columns.cell[k];
    run[k] = columns.first[run[k]];
    to[c * stride] = squash(raw[c].mean[2] - columns.low[run[k]]);
  }
};

}  // namespace treewalk
