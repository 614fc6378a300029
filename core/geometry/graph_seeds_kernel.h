// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"
#include "core/device/random.h"

namespace treewalk {

/// What a node of a graph is while its seeds are chosen.
enum SeedState : std::uint8_t { kUndecidedNode = 0, kSeedNode = 1, kDroppedNode = 2 };

/// Item = node: a number that tells nothing of its place, never negative.
struct HashOfNode {
  static constexpr std::int64_t grain = 8192;
  std::int64_t* priority;

  HD void operator()(std::int64_t u) const { priority[u] = static_cast<std::int64_t>(mix(std::uint64_t(u)) >> 1); }
};

/// Item = node: one that is undecided becomes a seed when no undecided neighbour comes before it: higher priority
/// first, of equal ones the lower number. Loops count for nothing.
struct MarkSeeds {
  static constexpr std::int64_t grain = 1024;
  const std::int32_t *offset, *column;
  const std::int64_t* priority;
  const std::uint8_t* before;
  std::uint8_t* after;

  HD void operator()(std::int64_t u) const {
    after[u] = before[u];
    if (before[u] != kUndecidedNode) return;
    for (std::int32_t e = offset[u]; e < offset[u + 1]; ++e) {
      const std::int64_t v = column[e];
      if (v == u || before[v] != kUndecidedNode) continue;
      if (priority[v] > priority[u] || (priority[v] == priority[u] && v < u)) return;
    }
    after[u] = kSeedNode;
  }
};

/// Item = node: one that is undecided drops out beside a seed.
struct DropBesideSeeds {
  static constexpr std::int64_t grain = 1024;
  const std::int32_t *offset, *column;
  const std::uint8_t* before;
  std::uint8_t* after;

  HD void operator()(std::int64_t u) const {
    after[u] = before[u];
    if (before[u] != kUndecidedNode) return;
    for (std::int32_t e = offset[u]; e < offset[u + 1]; ++e)
      if (before[column[e]] == kSeedNode) after[u] = kDroppedNode;
  }
};

/// Item = node: the seed that it is at home with: itself, or of the seeds beside it the one with the lowest number.
struct HomesOfNodes {
  static constexpr std::int64_t grain = 1024;
  const std::int32_t *offset, *column;
  const std::uint8_t* state;
  const std::int32_t* rank;  ///< of a seed among the seeds
  std::int32_t* home;

  HD void operator()(std::int64_t u) const {
    std::int32_t lowest = state[u] == kSeedNode ? static_cast<std::int32_t>(u) : INT32_MAX;
    for (std::int32_t e = offset[u]; state[u] != kSeedNode && e < offset[u + 1]; ++e)
      if (state[column[e]] == kSeedNode && column[e] < lowest) lowest = column[e];
    home[u] = rank[lowest];
  }
};

/// Item = row: the columns of its `most` highest weights, the lower column of equal ones first; -1 where there are no
/// more. Rows have no column twice.
struct HeaviestOfRow {
  static constexpr std::int64_t grain = 512;
  const std::int32_t *offset, *column, *weight;
  std::int64_t most;
  std::int32_t* chosen;  ///< [rows,most]

  HD void operator()(std::int64_t r) const {
    std::int32_t last_weight = INT32_MAX, last_column = -1;
    for (std::int64_t k = 0; k < most; ++k) {
      std::int32_t best_weight = -1, best = -1;
      for (std::int32_t e = offset[r]; e < offset[r + 1]; ++e) {
        const bool later = weight[e] < last_weight || (weight[e] == last_weight && column[e] > last_column);
        if (!later || weight[e] < best_weight || (weight[e] == best_weight && column[e] > best)) continue;
        best_weight = weight[e], best = column[e];
      }
      chosen[r * most + k] = best;
      if (best < 0) {
        for (++k; k < most; ++k) chosen[r * most + k] = -1;
        return;
      }
      last_weight = best_weight, last_column = best;
    }
  }
};

}  // namespace treewalk
