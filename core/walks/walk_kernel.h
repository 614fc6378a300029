// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"
#include "core/device/random.h"
#include "core/walks/walk_arrays.h"

// The walks of a node, for any device. Everything random is a pure function of (seed, node, walker, hop), so walks are
// the same for any number of threads, any block of rows and any device.

namespace treewalk {

struct WalkGraphArrays {
  const std::int32_t *offset = nullptr, *column = nullptr;
  const double *weight = nullptr, *cumulative = nullptr, *degree = nullptr;
  const std::int32_t* identity = nullptr;

  HD std::uint32_t name(std::uint32_t u) const { return identity ? std::uint32_t(identity[u]) : u; }
  HD std::int32_t neighbours(std::uint32_t u) const { return offset[u + 1] - offset[u]; }
  /// The neighbour at the share 0 <= share < 1 of u's weights.
  HD std::uint32_t neighbour_at(std::uint32_t u, double share) const {
    const std::int32_t begin = offset[u], count = offset[u + 1] - begin;
    std::int32_t low = 0, high = count - 1;
    if (!cumulative) {
      const auto place = std::int32_t(share * count);
      return std::uint32_t(column[begin + (place < high ? place : high)]);
    }
    while (low < high) {  // the first whose sum exceeds the share
      const std::int32_t middle = (low + high) / 2;
      if (cumulative[begin + middle] > share)
        high = middle;
      else
        low = middle + 1;
    }
    return std::uint32_t(column[begin + low]);
  }
  HD double probability(std::uint32_t u, std::int32_t entry) const { return (weight ? weight[entry] : 1) / degree[u]; }
};

struct WalkRules {
  std::uint64_t seed = 0;
  int walkers = 16, hops = 4;
  std::uint32_t halt = 0;  ///< a walker halts where its word is below this
  bool antithetic = false, repelling = true;
};

HD inline double share_of(std::uint32_t word) { return word * 0x1p-32; }

/// Item r: the walks from row first + r. Needs walkers * (hops + 1) places a row; `where` and `order` hold as many
/// numbers as walkers for each row.
struct WalkRow : VisitBuffers {
  static constexpr std::int64_t grain = 64;
  WalkGraphArrays graph;
  WalkRules rules;
  std::uint32_t* where = nullptr;
  std::uint64_t* order = nullptr;
  WalkRow(const VisitBuffers& buffers, const WalkGraphArrays& g, const WalkRules& r)
      : VisitBuffers(buffers), graph(g), rules(r) {}

  static constexpr std::uint32_t kHalted = 0xffffffffu;

  HD RandomBlock random_of(std::uint32_t node, int walker, int hop) const {
    return random_block(rules.seed, std::uint64_t(graph.name(node)) << 32 | unsigned(walker), unsigned(hop));
  }
  /// One number for the walkers from `node` that stand at `u`.
  HD double random_of_group(std::uint32_t node, std::uint32_t u, int hop) const {
    constexpr std::uint64_t kGroups = std::uint64_t(1) << 32;
    const std::uint64_t item = std::uint64_t(graph.name(node)) << 32 | graph.name(u);
    return share_of(random_block(rules.seed, item, kGroups | unsigned(hop)).word[0]);
  }

  HD void operator()(std::int64_t row) const {
    const auto node = std::uint32_t(first + row);
    const int walkers = rules.walkers;
    std::uint32_t* at = where + row * walkers;
    std::uint64_t* rank = order + row * walkers;
    std::int64_t size = 0;
    const auto visit = [&](std::uint32_t u, int hop, double times) {
      key[begin[row] + size] = visit_key(u, hop);
      value[begin[row] + size++] = times;
    };
    for (int w = 0; w < walkers; ++w) at[w] = node;
    visit(node, 0, walkers);
    for (int hop = 0; hop < rules.hops; ++hop) {
      int alive = 0;
      for (int w = 0; w < walkers; ++w) {
        if (at[w] == kHalted) continue;
        const RandomBlock random = random_of(node, w, hop);
        std::uint32_t chance = random.word[0];
        if (rules.antithetic && w % 2 == 1) chance = random_of(node, w - 1, hop).word[0] + 0x80000000u;
        if (chance < rules.halt || graph.neighbours(at[w]) == 0) {
          at[w] = kHalted;
          continue;
        }
        if (rules.repelling) {
          rank[alive++] = std::uint64_t(random.word[1]) << 32 | unsigned(w);
        } else {
          at[w] = graph.neighbour_at(at[w], share_of(random.word[1]));
          ++alive;
        }
      }
      if (alive == 0) break;
      if (rules.repelling) repel(node, hop, at, rank, alive);
      for (int w = 0; w < walkers; ++w)
        if (at[w] != kHalted) visit(at[w], hop + 1, 1);
    }
    combine(row, size);
  }

  /// Walkers at the same place share its neighbours out: in random order, and evenly along the neighbours' weights from
  /// a random start, so that each alone still moves as an independent one (systematic sampling).
  HD void repel(std::uint32_t node, int hop, std::uint32_t* at, std::uint64_t* rank, int alive) const {
    const auto before = [&](std::uint64_t a, std::uint64_t b) {
      const std::uint32_t place_a = at[std::uint32_t(a)], place_b = at[std::uint32_t(b)];
      return place_a != place_b ? place_a < place_b : a < b;
    };
    for (int i = 1; i < alive; ++i) {
      const std::uint64_t one = rank[i];
      int place = i;
      for (; place > 0 && before(one, rank[place - 1]); --place) rank[place] = rank[place - 1];
      rank[place] = one;
    }
    for (int first_of_group = 0; first_of_group < alive;) {
      const std::uint32_t u = at[std::uint32_t(rank[first_of_group])];
      int last = first_of_group + 1;
      while (last < alive && at[std::uint32_t(rank[last])] == u) ++last;
      const int count = last - first_of_group;
      const double start = random_of_group(node, u, hop);
      for (int k = 0; k < count; ++k)
        rank[first_of_group + k] = rank[first_of_group + k] << 32 | graph.neighbour_at(u, (start + k) / count);
      first_of_group = last;
    }
    for (int i = 0; i < alive; ++i) at[rank[i] >> 32] = std::uint32_t(rank[i]);
  }
};

/// Rows of visits with values, as VisitBuffers leaves them after they have been packed.
struct VisitRows {
  const std::int32_t *offset = nullptr, *column = nullptr, *part = nullptr;
  const std::uint8_t* hop = nullptr;
  const double* value = nullptr;
};

/// Item r: row first + r of the expectation after one more move of every walker: what is at (u, t) goes to (v, t + 1)
/// in shares P_uv, and the start keeps its hop 0. Needs 1 + sum of the degrees of a row's parts places.
struct ExpandRow : VisitBuffers {
  static constexpr std::int64_t grain = 64;
  WalkGraphArrays graph;
  VisitRows rows;
  ExpandRow(const VisitBuffers& buffers, const WalkGraphArrays& g, const VisitRows& r)
      : VisitBuffers(buffers), graph(g), rows(r) {}

  HD void operator()(std::int64_t row) const {
    const auto node = std::uint32_t(first + row);
    std::int64_t size = 0;
    const auto visit = [&](std::uint32_t u, int hop, double share) {
      key[begin[row] + size] = visit_key(u, hop);
      value[begin[row] + size++] = share;
    };
    for (std::int32_t entry = rows.offset[node]; entry < rows.offset[node + 1]; ++entry) {
      const auto u = std::uint32_t(rows.column[entry]);
      for (std::int32_t part = rows.part[entry]; part < rows.part[entry + 1]; ++part) {
        if (rows.hop[part] == 0) visit(node, 0, rows.value[part]);
        for (std::int32_t e = graph.offset[u]; e < graph.offset[u + 1]; ++e)
          visit(std::uint32_t(graph.column[e]), rows.hop[part] + 1, rows.value[part] * graph.probability(u, e));
      }
    }
    combine(row, size);
  }
};

/// Item r: copies the combined visits of row first + r to where they belong.
struct PackRow : VisitBuffers {
  static constexpr std::int64_t grain = 256;
  const std::int64_t *entry_begin = nullptr, *part_begin = nullptr;  ///< [rows]
  std::int64_t parts_before = 0;                                     ///< in earlier blocks
  std::int32_t *column = nullptr, *part = nullptr;
  std::uint8_t* hop = nullptr;
  double* packed = nullptr;
  explicit PackRow(const VisitBuffers& buffers) : VisitBuffers(buffers) {}

  HD void operator()(std::int64_t row) const {
    std::int64_t entry = entry_begin[row];
    const std::int64_t from = begin[row], to = part_begin[row];
    for (std::int32_t i = 0; i < parts[row]; ++i) {
      const std::uint64_t k = key[from + i];
      if (i == 0 || node_of(key[from + i - 1]) != node_of(k)) {
        column[entry] = std::int32_t(node_of(k));
        part[entry++] = std::int32_t(parts_before + to + i);
      }
      hop[to + i] = std::uint8_t(hop_of(k));
      packed[to + i] = value[from + i];
    }
  }
};

}  // namespace treewalk
