// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/walks/node_set.h"
#include "core/walks/thin_kernel.h"

namespace treewalk {

/// The visits of one row after the other, as SortedVisits gathers them, by a table that every node of the row has a
/// line in. Nothing is sorted: nodes come out of sets of bits in ascending order. Holds 8 bytes for every node of the
/// graph, of which it touches only those near a row.
class HostVisits {
 public:
  HostVisits(std::int64_t nodes, int hops)
      : mark_(nodes), all_(nodes), of_hop_(nodes), hops_(hops + 1), table_(64 * hops_) {}

  /// A row of its own number, from 0 on.
  void start(std::uint32_t row) {
    row_ = row + 1;
    hop_ = 0;
    lines_ = 0;
    thinned_ = false;
    followed_ = true;
    last_.clear();
  }
  void add(std::uint32_t node, double value) {
    Mark& mark = mark_[node];
    if (mark.row != row_) {
      mark = {row_, static_cast<std::uint32_t>(lines_)};
      all_.insert(node);
      if (table_.size() < (lines_ + 1) * hops_) table_.resize(2 * table_.size());
      std::fill_n(table_.begin() + lines_++ * hops_, hops_, 0.0);
    }
    double& sum = table_[mark.line * hops_ + hop_];
    if (followed_ && sum == 0) of_hop_.insert(node);
    sum += value;
  }
  void close(bool next_followed) {
    last_.clear();
    if (followed_) of_hop_.drain([&](std::uint32_t node) { last_.push_back(node); });
    followed_ = next_followed;
    ++hop_;
  }
  template <class With>
  void last(const With& with) const {
    for (const auto node : last_) with(node, table_[mark_[node].line * hops_ + hop_ - 1]);
  }
  void thin_last(std::int64_t limit, double share) {
    if (static_cast<std::int64_t>(last_.size()) <= limit) return;
    thinned_ = true;
    kept_.clear();
    last([&](std::uint32_t, double value) { kept_.push_back(value); });
    thin(kept_.data(), static_cast<std::int64_t>(kept_.size()), limit, share);
    std::size_t to = 0;
    for (std::size_t i = 0; i < last_.size(); ++i) {
      table_[mark_[last_[i]].line * hops_ + hop_ - 1] = kept_[i];
      if (kept_[i] > 0) last_[to++] = last_[i];
    }
    last_.resize(to);
  }
  template <class Weight>
  void finish(std::int64_t limit, double share, const Weight& weight) {
    nodes_.clear();
    all_.drain([&](std::uint32_t node) {
      const auto* of_node = values(node);
      if (!thinned_ || std::any_of(of_node, of_node + hops_, [](double v) { return v > 0; })) nodes_.push_back(node);
    });
    if (limit <= 0 || static_cast<std::int64_t>(nodes_.size()) <= limit) return;
    sum_.clear();
    for (const auto node : nodes_) {
      const auto* of_node = values(node);
      double sum = 0;
      for (std::size_t t = 0; t < hops_; ++t)
        if (of_node[t] > 0) sum += weight(node, static_cast<int>(t)) * of_node[t];
      sum_.push_back(sum);
    }
    kept_ = sum_;
    thin(kept_.data(), static_cast<std::int64_t>(kept_.size()), limit, share);
    std::size_t to = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!(kept_[i] > 0)) continue;
      auto* values = &table_[mark_[nodes_[i]].line * hops_];
      for (std::size_t t = 0; t < hops_; ++t) values[t] *= kept_[i] / sum_[i];
      nodes_[to++] = nodes_[i];
    }
    nodes_.resize(to);
  }

  /// Of a finished row: its nodes, ascending, and a node's values by hop, 0 where it was not reached.
  const std::vector<std::uint32_t>& nodes() const { return nodes_; }
  const double* values(std::uint32_t node) const { return &table_[mark_[node].line * hops_]; }

 private:
  struct Mark {
    std::uint32_t row = 0, line = 0;  // a node's line of the table, if the row is the one at work
  };
  std::vector<Mark> mark_;
  NodeSet all_, of_hop_;
  std::size_t hops_, lines_ = 0;
  std::uint32_t row_ = 0;
  int hop_ = 0;
  bool followed_ = true, thinned_ = false;
  std::vector<double> table_, kept_, sum_;
  std::vector<std::uint32_t> last_, nodes_;
};

}  // namespace treewalk
