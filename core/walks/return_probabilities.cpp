// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <limits>
#include <string>

#include "core/device/in_out.h"
#include "core/device/public_errors.h"
#include "core/device/tensor_of.h"
#include "core/device/threads.h"
#include "core/geometry/graph.h"
#include "core/walks/walks.h"
#include "treewalk/nn/nodes.h"

namespace treewalk::nn {
namespace {

/// Without loops.
Csr both_ways(const std::vector<std::int64_t>& offset, const std::vector<std::int32_t>& column) {
  if (offset.empty() || column.size() > std::numeric_limits<std::int32_t>::max() / 2)
    throw Error("return probabilities: a graph has at least the offset 0 and at most 2^30 edges");
  for (const auto o : offset)
    if (o < 0 || o > static_cast<std::int64_t>(column.size()))
      throw Error("return probabilities: the offset " + std::to_string(o) + " lies beyond the " +
                  std::to_string(column.size()) + " edges");
  const Csr graph{tensor_of<std::int32_t>(offset), tensor_of<std::int32_t>(column),
                  static_cast<std::int64_t>(offset.size()) - 1};
  graph.check();
  return without_loops(unite(graph));
}

}  // namespace

std::vector<float> return_probabilities(const std::vector<std::int64_t>& offset,
                                        const std::vector<std::int32_t>& column, int hops, int threads) {
  if (hops < 1 || hops > 64) throw Error("return probabilities: hops must be 1 to 64, found " + std::to_string(hops));
  const ThreadCount count(threads);
  return with_public_errors([&] {
    const auto returns = returns_of_walks(make_walk_graph(both_ways(offset, column), WalkGraph::random_walk), hops);
    const double* p = in(returns);
    return std::vector<float>(p, p + returns.numel());
  });
}

}  // namespace treewalk::nn
