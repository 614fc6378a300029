// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
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
};

struct WalkRules {
  int walkers = 16;
  std::uint32_t halt = 0;  ///< a walker halts where its word is below this
  bool antithetic = false, repelling = true;
};

HD inline double share_of(std::uint32_t word) { return word * 0x1p-32; }

/// What the rows of every scheme share.
struct VisitRules {
  WalkGraphArrays graph;
  std::uint64_t seed = 0;
  int hops = 4;
  std::int64_t frontier = 0, entries = 0;  ///< nodes that a hop and a row may keep; 0: all
  const double* weight = nullptr;          ///< [hops+1] of a hop's values, where a row's entries are thinned
  bool symmetric = false;                  ///< whether entries are weighed with the boundary factor

  HD double share(std::uint32_t node, std::uint64_t step) const {
    return share_of(random_block(seed, std::uint64_t(graph.name(node)) << 32, step).word[0]);
  }
  template <class Visits>
  HD void finish(std::uint32_t node, Visits& visits) const {
    constexpr std::uint64_t kEntries = std::uint64_t(3) << 32;
    visits.finish(entries, entries > 0 ? share(node, kEntries) : 0, [&](std::uint32_t u, int hop) {
      return weight[hop] * (symmetric ? 1 / std::sqrt(graph.degree[u]) : 1);
    });
  }
  /// What is at u goes to its neighbours v in shares P_uv.
  template <class Visits>
  HD void spread(std::uint32_t u, double value, Visits& to) const {
    const double share = value / graph.degree[u];
    for (std::int32_t e = graph.offset[u]; e < graph.offset[u + 1]; ++e)
      to.add(std::uint32_t(graph.column[e]), graph.weight ? share * graph.weight[e] : share);
  }
};

/// The powers of W for one row, by spreading what the hop before has reached; a frontier that grows beyond its limit is
/// thinned.
struct PowerRow : VisitRules {
  explicit PowerRow(const VisitRules& rules) : VisitRules(rules) {}

  template <class Visits>
  HD void operator()(std::uint32_t node, Visits& visits) const {
    constexpr std::uint64_t kFrontier = std::uint64_t(2) << 32;
    visits.add(node, 1);
    visits.close(hops > 1);
    for (int hop = 0; hop < hops; ++hop) {
      if (hop > 0 && frontier > 0) visits.thin_last(frontier, share(node, kFrontier | unsigned(hop)));
      visits.last([&](std::uint32_t u, double value) { spread(u, value, visits); });
      visits.close(hop + 2 < hops);
    }
    finish(node, visits);
  }
};

/// The walks from one row. `at` and `order` hold as many numbers as walkers; `places` are visits of their own, where
/// the last hop is taken in expectation: what is at (u, t) goes to (v, t + 1) in shares P_uv, the start keeps its hop
/// 0.
struct WalkRow : VisitRules {
  WalkRules rules;
  WalkRow(const VisitRules& visits, const WalkRules& walk) : VisitRules(visits), rules(walk) {}

  static constexpr std::uint32_t kHalted = 0xffffffffu;

  HD RandomBlock random_of(std::uint32_t node, int walker, int hop) const {
    return random_block(seed, std::uint64_t(graph.name(node)) << 32 | unsigned(walker), unsigned(hop));
  }
  /// One number for the walkers from `node` that stand at `u`.
  HD double random_of_group(std::uint32_t node, std::uint32_t u, int hop) const {
    constexpr std::uint64_t kGroups = std::uint64_t(1) << 32;
    const std::uint64_t item = std::uint64_t(graph.name(node)) << 32 | graph.name(u);
    return share_of(random_block(seed, item, kGroups | unsigned(hop)).word[0]);
  }

  template <class Visits>
  HD void operator()(std::uint32_t node, Visits& visits, Visits* places, std::uint32_t* at,
                     std::uint64_t* order) const {
    const int walkers = rules.walkers;
    for (int w = 0; w < walkers; ++w) at[w] = node;
    visits.add(node, walkers);
    visits.close(false);
    if (places) {
      places->add(node, walkers);
      places->close(true);
    }
    int alive = walkers;
    for (int hop = 0; hop < hops && alive > 0; ++hop) {
      if (places) {
        places->last([&](std::uint32_t u, double count) { spread(u, count, visits); });
        visits.close(false);
        if (hop + 1 == hops) break;
      }
      alive = move(node, hop, at, order);
      Visits& reached = places ? *places : visits;
      for (int w = 0; w < walkers; ++w)
        if (at[w] != kHalted) reached.add(at[w], 1);
      reached.close(places != nullptr);
    }
    finish(node, visits);
  }

  /// One hop of every walker; returns how many are left.
  HD int move(std::uint32_t node, int hop, std::uint32_t* at, std::uint64_t* order) const {
    int alive = 0;
    for (int w = 0; w < rules.walkers; ++w) {
      if (at[w] == kHalted) continue;
      const RandomBlock random = random_of(node, w, hop);
      std::uint32_t chance = random.word[0];
      if (rules.antithetic && w % 2 == 1) chance = random_of(node, w - 1, hop).word[0] + 0x80000000u;
      if (chance < rules.halt || graph.neighbours(at[w]) == 0) {
        at[w] = kHalted;
        continue;
      }
      if (rules.repelling)
        order[alive] = std::uint64_t(random.word[1]) << 32 | unsigned(w);
      else
        at[w] = graph.neighbour_at(at[w], share_of(random.word[1]));
      ++alive;
    }
    if (rules.repelling) repel(node, hop, at, order, alive);
    return alive;
  }

  /// Walkers at the same place share its neighbours out: in random order, and evenly along the neighbours' weights from
  /// a random start, so that each alone still moves as an independent one (systematic sampling).
  HD void repel(std::uint32_t node, int hop, std::uint32_t* at, std::uint64_t* rank, int alive) const {
    const auto before = [&](std::uint64_t a, std::uint64_t b) {
      const std::uint32_t place_a = at[std::uint32_t(a)], place_b = at[std::uint32_t(b)];
      return place_a != place_b ? place_a < place_b : a < b;
    };
    constexpr int kGaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};  // Shell's sort, in place; all keys differ
    for (const int gap : kGaps)
      for (int i = gap; i < alive; ++i) {
        const std::uint64_t one = rank[i];
        int place = i;
        for (; place >= gap && before(one, rank[place - gap]); place -= gap) rank[place] = rank[place - gap];
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

/// next[i] = paths that begin at node i and have one hop more than those counted, as far as a frontier takes them;
/// places[i] adds them up.
struct PathCounts {
  static constexpr std::int64_t grain = 1024;
  const std::int32_t *offset, *column;
  std::int64_t frontier;     ///< 0: no limit
  const std::int64_t* most;  ///< [1] the largest degree
  const std::int64_t* paths = nullptr;
  std::int64_t *next = nullptr, *places = nullptr;

  HD void operator()(std::int64_t i) const {
    std::int64_t sum = 0;
    for (std::int32_t e = offset[i]; e < offset[i + 1]; ++e) sum += paths[column[e]];
    const std::int64_t limit = (frontier + 1) * *most;  // thinning may leave one more
    if (frontier > 0 && sum > limit) sum = limit;
    next[i] = sum;
    places[i] += sum;
  }
};

/// Item r: row first + r, by sorting. A row of powers needs 1 + sum_t m_t places, where m_t is the number of paths of t
/// hops, but no more than `frontier` times the largest degree; one of walks walkers * (hops + 1), or, where the last
/// hop is taken in expectation, as many as powers of a frontier of `walkers`.
struct SortedPowerRow : VisitBuffers {
  static constexpr std::int64_t grain = 64;
  PowerRow row;
  SortedPowerRow(const VisitBuffers& buffers, const PowerRow& r) : VisitBuffers(buffers), row(r) {}
  HD void operator()(std::int64_t item) const {
    SortedVisits visits(*this, item);
    row(std::uint32_t(first + item), visits);
  }
};

struct SortedWalkRow : VisitBuffers {
  static constexpr std::int64_t grain = 64;
  WalkRow row;
  VisitBuffers places;  ///< of the walkers, with walkers * hops places a row; used if `expected`
  bool expected = false;
  std::uint32_t* at = nullptr;     ///< [rows][walkers]
  std::uint64_t* order = nullptr;  ///< the same
  SortedWalkRow(const VisitBuffers& buffers, const WalkRow& r) : VisitBuffers(buffers), row(r) {}
  HD void operator()(std::int64_t item) const {
    SortedVisits visits(*this, item), walkers(expected ? places : *this, item);
    const std::int64_t own = item * row.rules.walkers;
    row(std::uint32_t(first + item), visits, expected ? &walkers : nullptr, at + own, order + own);
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
