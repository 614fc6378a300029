// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/attention/family_kernel.h"

namespace treewalk {

/// Item = node of the levels' queries: its neighbours in a graph over them: children, nearest cells, parent.
struct FillMaskGraph : FamilyLevels {
  static constexpr std::int64_t grain = 1024;
  const std::int32_t* offset = nullptr;
  std::int32_t* column = nullptr;
  explicit FillMaskGraph(const FamilyLevels& levels) : FamilyLevels(levels) {}

  HD void operator()(std::int64_t item) const {
    const auto [l, u] = place_of(item);
    const Level& own = level[l];
    std::int32_t* to = column + offset[item];
    if (own.child_offset)
      for (std::int32_t e = own.child_offset[u]; e < own.child_offset[u + 1]; ++e)
        *to++ = column_of(l - 1) + own.child_column[e];
    for (std::int32_t e = own.sibling_offset[u]; e < own.sibling_offset[u + 1]; ++e)
      *to++ = column_of(l) + own.sibling_column[e];
    if (highest(l) > l) *to++ = column_of(l + 1) + own.parent[u];
  }
};

}  // namespace treewalk
