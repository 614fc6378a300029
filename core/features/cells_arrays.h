// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/scene/moments_arrays.h"

namespace treewalk {

constexpr int kMostSceneLevels = 21;

/// All cells of a scene, levels one after the other, and the columns of one module: what bodies over cells take by
/// value.
struct CellsArrays {
  int levels;
  std::int64_t first[kMostSceneLevels + 1];  ///< cells before level l
  LevelArrays level[kMostSceneLevels];
  float* column[kMostSceneLevels];  ///< row c of level l begins at column[l] + c * stride[l]
  std::int64_t stride[kMostSceneLevels];

  HD float* row(int l, std::int64_t c) const { return column[l] + c * stride[l]; }
};

/// Numbers of the points (Morton order) that cells are to average. bound: no |value| is larger; 0: the largest |value|
/// of a cell bounds those in it.
struct PointColumns {
  const float* value;
  std::int64_t stride;
  int columns;
  double bound;
};

}  // namespace treewalk
