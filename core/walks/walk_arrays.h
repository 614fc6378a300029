// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"
#include "core/walks/thin_kernel.h"

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
};

/// The visits of one row in the making, hop by hop, by sorting: what a device without caches can afford. Host code has
/// HostVisits, with the same members and the same sums in the same order.
class SortedVisits {
 public:
  HD SortedVisits(const VisitBuffers& buffers, std::int64_t row) : buffers_(buffers), row_(row) {
    key_ = buffers.key + buffers.begin[row];
    value_ = buffers.value + buffers.begin[row];
    other_key_ = buffers.other_key + buffers.begin[row];
    other_value_ = buffers.other_value + buffers.begin[row];
  }

  /// Adds to the hop in the making.
  HD void add(std::uint32_t node, double value) {
    key_[size_] = visit_key(node, hop_);
    value_[size_++] = value;
  }
  /// Ends a hop: what has the same node is added up, in the order in which it came. next_followed: whether `last` will
  /// be asked for the next hop.
  HD void close(bool /*next_followed*/) {
    last_ = open_;
    size_ = open_ = last_ + combine(last_, size_ - last_);
    ++hop_;
  }
  /// with(node, value) for the hop that was closed last, nodes ascending; may add to the next one.
  template <class With>
  HD void last(const With& with) const {
    for (std::int64_t i = last_, end = open_; i < end; ++i) with(node_of(key_[i]), value_[i]);
  }
  /// Thins the hop that was closed last.
  HD void thin_last(std::int64_t limit, double share) {
    thin(value_ + last_, open_ - last_, limit, share);
    std::int64_t kept = last_;
    for (std::int64_t i = last_; i < open_; ++i)
      if (value_[i] > 0) {
        key_[kept] = key_[i];
        value_[kept++] = value_[i];
      }
    size_ = open_ = kept;
  }
  /// Ends the row: orders by node, then by hop. With limit > 0, thins nodes by their sums of weight(node, hop) * value.
  template <class Weight>
  HD void finish(std::int64_t limit, double share, const Weight& weight) {
    std::int64_t count = combine(0, open_);
    std::int64_t nodes = 0;
    for (std::int64_t i = 0; i < count; ++i) nodes += i == 0 || node_of(key_[i - 1]) != node_of(key_[i]);
    if (limit > 0 && nodes > limit) {
      double* sum = other_value_;
      nodes = -1;
      for (std::int64_t i = 0; i < count; ++i) {
        if (i == 0 || node_of(key_[i - 1]) != node_of(key_[i])) sum[++nodes] = 0;
        sum[nodes] += weight(node_of(key_[i]), hop_of(key_[i])) * value_[i];
      }
      ++nodes;
      // Twice: once to be thinned, once to tell by how much. Both fit: there are at least as many visits as nodes, and
      // keys have as many places as values.
      double* kept = reinterpret_cast<double*>(other_key_);
      for (std::int64_t n = 0; n < nodes; ++n) kept[n] = sum[n];
      thin(kept, nodes, limit, share);
      std::int64_t to = 0, node = -1, left = 0;
      std::uint32_t before = 0;
      for (std::int64_t i = 0; i < count; ++i) {
        const std::uint32_t u = node_of(key_[i]);
        if (i == 0 || before != u) left += kept[++node] > 0;
        before = u;
        if (!(kept[node] > 0)) continue;
        key_[to] = key_[i];
        value_[to++] = value_[i] * (kept[node] / sum[node]);
      }
      count = to;
      nodes = left;
    }
    buffers_.entries[row_] = std::int32_t(nodes);
    buffers_.parts[row_] = std::int32_t(count);
  }

 private:
  /// Sorts visits and adds up those that are equal; returns how many are left, from the same place on.
  HD std::int64_t combine(std::int64_t at, std::int64_t size) const {
    const bool in_other = sort_visits(key_ + at, value_ + at, other_key_ + at, other_value_ + at, size);
    const std::uint64_t* from_key = in_other ? other_key_ + at : key_ + at;
    const double* from_value = in_other ? other_value_ + at : value_ + at;
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < size; ++count) {
      const std::uint64_t k = from_key[i];
      double sum = from_value[i++];
      while (i < size && from_key[i] == k) sum += from_value[i++];
      key_[at + count] = k;
      value_[at + count] = sum;
    }
    return count;
  }

  const VisitBuffers& buffers_;
  std::int64_t row_, size_ = 0, open_ = 0, last_ = 0;
  int hop_ = 0;
  std::uint64_t *key_, *other_key_;
  double *value_, *other_value_;
};

}  // namespace treewalk
