// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"
#include "core/geometry/clusters_kernel.h"

namespace treewalk {

/// Item = node: what the share of its cluster gets from the entries of family rows between the two. Each is found by
/// halving: entries of a row are ordered by relation, and children among themselves; there is one parent.
template <class Real>
struct EntryShareGradient {
  static constexpr std::int64_t grain = 512;
  static constexpr int kChildEntry = 2, kParentEntry = 3;
  const std::int32_t *offset, *column;
  const std::uint8_t* relation;
  std::int64_t queries, first_query, first_key;
  std::int64_t first, above;  ///< nodes: the first of the level, and of the next
  const std::int32_t* parent;
  Candidates in;
  const Real* gradient;  ///< [E]
  Real* share_gradient;  ///< [n,slots]

  HD void operator()(std::int64_t u) const {
    const std::int32_t own = parent[u], home = in.home[u], candidates = in.candidates(home);
    const std::int64_t node = first + u, cluster = above + own;
    const Real sum = of_entry(node, kParentEntry, cluster) + of_entry(cluster, kChildEntry, node);
    for (std::int32_t j = 0; j < in.slots; ++j)
      share_gradient[u * in.slots + j] = j < candidates && in.candidate(home, j) == own ? sum : Real(0);
  }

 private:
  /// 0 where there is none.
  HD Real of_entry(std::int64_t from, int as, std::int64_t to) const {
    const std::int64_t row = from - first_query;
    if (row < 0 || row >= queries) return 0;
    const auto key = static_cast<std::int32_t>(to - first_key);
    std::int32_t low = offset[row], high = offset[row + 1];
    const std::int32_t end = high;
    while (low < high) {
      const std::int32_t middle = low + (high - low) / 2;
      const bool before = relation[middle] < as || (relation[middle] == as && column[middle] < key);
      (before ? low : high) = before ? middle + 1 : middle;
    }
    return low < end && relation[low] == as && column[low] == key ? gradient[low] : Real(0);
  }
};

}  // namespace treewalk
