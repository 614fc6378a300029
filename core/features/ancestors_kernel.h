// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/features/cells_kernel.h"

namespace treewalk {

/// Columns of "ancestors" (ancestors.cpp).
struct AncestorsRow {
  bool up;
  const std::int32_t* parent[kMostSceneLevels];  ///< Hierarchy::parent

  HD void operator()(const CellsArrays& cells, int l, std::int64_t c, float* to) const {
    const LevelArrays& own = cells.level[l];
    const Vector3& mean = own.raw[c].mean;
    std::int64_t ancestor = c;
    for (int j = l + 1; j < cells.levels; ++j) {
      ancestor = parent[j - 1][ancestor];
      const LevelArrays& level = cells.level[j];
      const Vector3 &base = level.smooth_mean[ancestor], &normal = level.normal[ancestor];
      const double h = dot({mean[0] - base[0], mean[1] - base[1], mean[2] - base[2]}, normal);
      if (up) {
        *to++ = squash(h / std::max(normal[2], 0.2));
      } else {
        *to++ = static_cast<float>(0.3 * std::clamp(h / own.cell_size, -6.0, 6.0));
        *to++ = static_cast<float>(std::clamp(h / level.cell_size, -2.0, 2.0));
        *to++ = static_cast<float>(dot(own.normal[c], normal) - 1);
      }
    }
  }
};

}  // namespace treewalk
