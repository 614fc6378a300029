// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/geometry/node_record.h"
#include "core/scene/moments_arrays.h"

namespace treewalk {

/// item = cell: the mean of its points, on a lattice of that step.
struct WriteMeans {
  static constexpr std::int64_t grain = 4096;
  LevelArrays level;
  double step;
  float* mean;  ///< [n,3]

  HD void operator()(std::int64_t c) const {
    for (int a = 0; a < 3; ++a) mean[3 * c + a] = static_cast<float>(on_lattice(level.raw[c].mean[a], step));
  }
};

/// item = cell: its node record without a normal.
struct WritePlaces {
  static constexpr std::int64_t grain = 4096;
  LevelArrays level;
  const float* mean;  ///< WriteMeans
  float* node;        ///< [n,8]

  HD void operator()(std::int64_t c) const {
    float* to = node + kNodeRecord * c;
    for (int a = 0; a < 3; ++a) to[a] = mean[3 * c + a];
    to[3] = static_cast<float>(level.cell_size);
    for (int a = 0; a < 3; ++a) to[4 + a] = 0;
    to[7] = static_cast<float>(level.raw[c].count);
  }
};

/// item = cell: its node record (node_record.h).
struct WriteNodes {
  static constexpr std::int64_t grain = 4096;
  LevelArrays level;
  const float* mean;  ///< WriteMeans
  float* node;        ///< [n,8]

  HD void operator()(std::int64_t c) const {
    WritePlaces{level, mean, node}(c);
    for (int a = 0; a < 3; ++a) node[kNodeRecord * c + 4 + a] = static_cast<float>(level.normal[c][a]);
  }
};

/// item = row of `width` nearest cells, nearest first: how many of them lie within the limit.
struct CountNear {
  static constexpr std::int64_t grain = 8192;
  const float* squared_distance;
  std::int64_t width;
  float limit;
  std::int32_t* count;

  HD void operator()(std::int64_t row) const {
    std::int32_t near = 0;
    while (near < width && squared_distance[row * width + near] <= limit) ++near;
    count[row] = near;
  }
};

/// item = row: those.
struct WriteNear {
  static constexpr std::int64_t grain = 8192;
  const std::int32_t* index;
  std::int64_t width;
  const std::int32_t* offset;  ///< of the rows that are written
  std::int32_t* column;

  HD void operator()(std::int64_t row) const {
    const std::int32_t first = offset[row], near = offset[row + 1] - first;
    for (std::int32_t i = 0; i < near; ++i) column[first + i] = index[row * width + i];
  }
};

/// item = cell: how many other children its parent has.
struct CountTreeSiblings {
  static constexpr std::int64_t grain = 8192;
  const std::int32_t *parent, *child;  ///< of the level, and of the level above
  std::int32_t* count;

  HD void operator()(std::int64_t c) const { count[c] = child[parent[c] + 1] - child[parent[c]] - 1; }
};

/// item = cell: those children, ascending.
struct WriteTreeSiblings {
  static constexpr std::int64_t grain = 4096;
  const std::int32_t *parent, *child;
  const std::int32_t* offset;
  std::int32_t* column;

  HD void operator()(std::int64_t c) const {
    std::int32_t* to = column + offset[c];
    for (std::int32_t s = child[parent[c]]; s < child[parent[c] + 1]; ++s)
      if (s != c) *to++ = s;
  }
};

}  // namespace treewalk
