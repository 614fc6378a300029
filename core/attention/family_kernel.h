// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

/// Levels that a hierarchy may have: those of the deepest octree.
constexpr int kMostFamilyLevels = 22;

/// The levels of a hierarchy as bodies read them; small enough to be passed by value. A relation that is not asked for,
/// or that a level does not have, is null.
struct FamilyLevels {
  struct Level {
    std::int64_t first = 0;  ///< its first node
    const std::int32_t *sibling_offset = nullptr, *sibling_column = nullptr;
    const std::int32_t *child_offset = nullptr, *child_column = nullptr;
    const std::int32_t* parent = nullptr;
  } level[kMostFamilyLevels];
  int from = 0, to = 0;        ///< levels of the queries
  int ancestors = 0, top = 0;  ///< how far up ancestors are named, and the last level that has any
  bool self = true;
  std::int64_t first_key = 0;  ///< node of column 0

  /// Where a query is: its level, and which node of that.
  struct Place {
    int level;
    std::int64_t node;
  };
  HD Place place_of(std::int64_t query) const {
    const std::int64_t node = level[from].first + query;
    int l = from;
    while (l < to && node >= level[l + 1].first) ++l;
    return {l, node - level[l].first};
  }
  HD int highest(int l) const { return l + ancestors < top ? l + ancestors : top; }
  HD std::int32_t column_of(int l) const { return static_cast<std::int32_t>(level[l].first - first_key); }
};

/// Item = query: how many entries its row has.
struct CountFamily : FamilyLevels {
  static constexpr std::int64_t grain = 1024;
  std::int32_t* count = nullptr;
  explicit CountFamily(const FamilyLevels& levels) : FamilyLevels(levels) {}

  HD void operator()(std::int64_t item) const {
    const auto [l, u] = place_of(item);
    const Level& own = level[l];
    std::int32_t entries = (self ? 1 : 0) + highest(l) - l;
    if (own.sibling_offset) entries += own.sibling_offset[u + 1] - own.sibling_offset[u];
    if (own.child_offset) entries += own.child_offset[u + 1] - own.child_offset[u];
    count[item] = entries;
  }
};

/// Item = query: its row: self, siblings, children, ancestors nearest first; relations 0, 1, 2 and from 3.
struct FillFamily : FamilyLevels {
  static constexpr std::int64_t grain = 1024;
  const std::int32_t* offset = nullptr;
  std::int32_t* column = nullptr;
  std::uint8_t* relation = nullptr;
  explicit FillFamily(const FamilyLevels& levels) : FamilyLevels(levels) {}

  HD void operator()(std::int64_t item) const {
    const auto [l, u] = place_of(item);
    const Level& own = level[l];
    std::int32_t at = offset[item];
    if (self) put(at++, column_of(l) + static_cast<std::int32_t>(u), 0);
    if (own.sibling_offset)
      for (std::int32_t e = own.sibling_offset[u]; e < own.sibling_offset[u + 1]; ++e)
        put(at++, column_of(l) + own.sibling_column[e], 1);
    if (own.child_offset)
      for (std::int32_t e = own.child_offset[u]; e < own.child_offset[u + 1]; ++e)
        put(at++, column_of(l - 1) + own.child_column[e], 2);
    std::int64_t ancestor = u;
    for (int up = l; up < highest(l); ++up) {
      ancestor = level[up].parent[ancestor];
      put(at++, column_of(up + 1) + static_cast<std::int32_t>(ancestor), 3 + up - l);
    }
  }

 private:
  HD void put(std::int32_t at, std::int32_t key, int of) const {
    column[at] = key;
    relation[at] = static_cast<std::uint8_t>(of);
  }
};

}  // namespace treewalk
