// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <vector>

namespace treewalk {

/// A set of node numbers that is emptied in ascending order: bits, and bits that say which words hold any. Both take
/// some operations per node and level (64 nodes, 4096, ...), however many nodes there may be.
class NodeSet {
 public:
  explicit NodeSet(std::int64_t nodes) {
    std::int64_t size = nodes;
    do {
      size = (size + 63) / 64;
      levels_.emplace_back(size < 1 ? 1 : size, 0);
    } while (size > 1);
  }

  void insert(std::uint32_t node) {
    for (auto& level : levels_) {
      auto& word = level[node / 64];
      const bool empty = word == 0;
      word |= std::uint64_t{1} << node % 64;
      if (!empty) return;
      node /= 64;
    }
  }
  /// with(node) for every node, ascending; none are left.
  template <class With>
  void drain(const With& with) {
    drain_word(levels_.size() - 1, 0, with);
  }

 private:
  template <class With>
  void drain_word(std::size_t level, std::uint32_t index, const With& with) {
    auto word = levels_[level][index];
    levels_[level][index] = 0;
    for (; word != 0; word &= word - 1) {
      const auto below = index * 64 + static_cast<std::uint32_t>(__builtin_ctzll(word));
      level == 0 ? with(below) : drain_word(level - 1, below, with);
    }
  }

  std::vector<std::vector<std::uint64_t>> levels_;
};

}  // namespace treewalk
