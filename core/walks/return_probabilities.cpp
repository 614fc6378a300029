// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/empty.h>

#include <limits>
#include <string>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/device/public_errors.h"
#include "core/device/threads.h"
#include "core/geometry/graph.h"
#include "treewalk/nn/nodes.h"

namespace treewalk::nn {
namespace {

constexpr std::int64_t kNodesOfATask = 256;

Csr both_ways(const std::vector<std::int64_t>& offset, const std::vector<std::int32_t>& column) {
  if (offset.empty() || column.size() > std::numeric_limits<std::int32_t>::max() / 2)
    throw Error("return probabilities: a graph has at least the offset 0 and at most 2^30 edges");
  const auto offsets = at::empty({static_cast<std::int64_t>(offset.size())}, at::kInt);
  const auto columns = at::empty({static_cast<std::int64_t>(column.size())}, at::kInt);
  std::int32_t *first = out(offsets), *to = out(columns);
  for (const auto o : offset) {
    if (o < 0 || o > static_cast<std::int64_t>(column.size()))
      throw Error("return probabilities: the offset " + std::to_string(o) + " lies beyond the " +
                  std::to_string(column.size()) + " edges");
    *first++ = static_cast<std::int32_t>(o);
  }
  for (const auto c : column) *to++ = c;
  const Csr graph{offsets, columns, static_cast<std::int64_t>(offset.size()) - 1};
  graph.check();
  return unite(graph);
}

/// How a walk from a node spreads, hop by hop.
class Walk {
 public:
  explicit Walk(const Csr& graph)
      : first_(in(graph.offset)), column_(in(graph.column)), here_(graph.rows(), 0), next_(graph.rows(), 0) {}

  /// diag(W^t) of node u for t = 1..hops, with W = D^-1 A.
  void from(std::int64_t u, int hops, float* probability) {
    const auto start = static_cast<std::int32_t>(u);
    reached_ = {start};
    here_[start] = 1;
    for (int t = 0; t < hops; ++t) {
      for (const auto v : reached_) {
        const double share = here_[v] / degree(v);
        for (auto e = first_[v]; e < first_[v + 1]; ++e) {
          if (column_[e] == v) continue;
          if (next_[column_[e]] == 0) reached_next_.push_back(column_[e]);
          next_[column_[e]] += share;
        }
        here_[v] = 0;
      }
      here_.swap(next_);
      reached_.swap(reached_next_);
      reached_next_.clear();
      probability[t] = static_cast<float>(here_[start]);
    }
    for (const auto v : reached_) here_[v] = 0;
  }

 private:
  /// Without a loop.
  double degree(std::int32_t v) const {
    std::int32_t edges = first_[v + 1] - first_[v];
    for (auto e = first_[v]; e < first_[v + 1]; ++e) edges -= column_[e] == v;
    return edges;
  }

  const std::int32_t *first_, *column_;
  std::vector<double> here_, next_;
  std::vector<std::int32_t> reached_, reached_next_;
};

}  // namespace

std::vector<float> return_probabilities(const std::vector<std::int64_t>& offset,
                                        const std::vector<std::int32_t>& column, int hops, int threads) {
  if (hops < 1 || hops > 64) throw Error("return probabilities: hops must be 1 to 64, found " + std::to_string(hops));
  const ThreadCount count(threads);
  return with_public_errors([&] {
    const auto graph = both_ways(offset, column);
    std::vector<float> result(graph.rows() * hops);
    parallel_pieces(graph.rows(), kNodesOfATask, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      Walk walk(graph);
      for (auto u = begin; u < end; ++u) walk.from(u, hops, result.data() + u * hops);
    });
    return result;
  });
}

}  // namespace treewalk::nn
