// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

/// Bits of a key that hold the hop.
constexpr int kHopBits = 8;
constexpr int kMostHops = (1 << kHopBits) - 1;

/// A node and a hop as one number that orders by node, then by hop.
HD inline std::uint64_t visit_key(std::uint32_t node, int hop) {
  return std::uint64_t(node) << kHopBits | unsigned(hop);
}
HD inline std::uint32_t node_of(std::uint64_t key) { return std::uint32_t(key >> kHopBits); }
HD inline int hop_of(std::uint64_t key) { return int(key & kMostHops); }

/// Sorts keys with their values, equal keys in the order in which they came (insertion into runs of 8, then merges from
/// one buffer into the other). Returns whether the result lies in the second buffer.
HD inline bool sort_visits(std::uint64_t* key, double* value, std::uint64_t* other_key, double* other_value,
                           std::int64_t size) {
  constexpr std::int64_t kRun = 8;
  for (std::int64_t run = 0; run < size; run += kRun) {
    const std::int64_t end = run + kRun < size ? run + kRun : size;
    for (std::int64_t i = run + 1; i < end; ++i) {
      const std::uint64_t k = key[i];
      const double v = value[i];
      std::int64_t place = i;
      for (; place > run && key[place - 1] > k; --place) {
        key[place] = key[place - 1];
        value[place] = value[place - 1];
      }
      key[place] = k;
      value[place] = v;
    }
  }
  bool in_other = false;
  for (std::int64_t width = kRun; width < size; width *= 2) {
    const std::uint64_t* from_key = in_other ? other_key : key;
    const double* from_value = in_other ? other_value : value;
    std::uint64_t* to_key = in_other ? key : other_key;
    double* to_value = in_other ? value : other_value;
    for (std::int64_t begin = 0; begin < size; begin += 2 * width) {
      const std::int64_t middle = begin + width < size ? begin + width : size;
      const std::int64_t end = begin + 2 * width < size ? begin + 2 * width : size;
      std::int64_t a = begin, b = middle;
      for (std::int64_t to = begin; to < end; ++to) {
        const bool first = a < middle && (b >= end || from_key[a] <= from_key[b]);
        const std::int64_t from = first ? a++ : b++;
        to_key[to] = from_key[from];
        to_value[to] = from_value[from];
      }
    }
    in_other = !in_other;
  }
  return in_other;
}

/// Where the visits of a block of rows are gathered: row `first + r` has the places from `begin[r]` on.
struct VisitBuffers {
  std::int64_t first = 0;               ///< row of item 0
  const std::int64_t* begin = nullptr;  ///< [rows]
  std::uint64_t *key = nullptr, *other_key = nullptr;
  double *value = nullptr, *other_value = nullptr;
  std::int32_t* entries = nullptr;  ///< [rows] out: different nodes
  std::int32_t* parts = nullptr;    ///< [rows] out: different (node, hop)

  /// Sorts a row's visits and adds up those that are equal; the result lies at its first place in key and value.
  HD void combine(std::int64_t row, std::int64_t size) const {
    const std::int64_t at = begin[row];
    const bool in_other = sort_visits(key + at, value + at, other_key + at, other_value + at, size);
    const std::uint64_t* from_key = in_other ? other_key + at : key + at;
    const double* from_value = in_other ? other_value + at : value + at;
    std::int64_t count = 0;
    std::int32_t nodes = 0;
    for (std::int64_t i = 0; i < size; ++count) {
      const std::uint64_t k = from_key[i];
      double sum = from_value[i++];
      while (i < size && from_key[i] == k) sum += from_value[i++];
      nodes += count == 0 || node_of(key[at + count - 1]) != node_of(k);
      key[at + count] = k;
      value[at + count] = sum;
    }
    entries[row] = nodes;
    parts[row] = std::int32_t(count);
  }
};

}  // namespace treewalk
