// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/public_options.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace treewalk {
namespace {

template <class From>
at::Tensor indices(const std::vector<From>& values) {
  auto tensor = at::empty({static_cast<std::int64_t>(values.size())}, at::kInt);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<std::int32_t>());
  return tensor;
}

Csr csr_of(const KnnGraphArrays& graph) {
  if (graph.offset.empty()) throw Error("a graph needs at least the offset 0");
  const auto nodes = static_cast<std::int64_t>(graph.offset.size()) - 1;
  if (graph.column.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    throw Error("the graph has " + std::to_string(graph.column.size()) + " edges; 2^31 - 1 can be walked on");
  return {indices(graph.offset), indices(graph.column), nodes};
}

bool goes_both_ways(const Csr& graph) {
  const auto back = transpose(graph).graph;
  const auto sorted = transpose(back).graph;  // rows ascending
  return back.offset.equal(sorted.offset) && back.column.equal(sorted.column);
}

}  // namespace

WalkGraph walk_graph_of(const KnnGraphArrays& graph, const WalkMaskOptions& options) {
  if (options.modulation.empty()) throw Error("the modulation needs at least one coefficient");
  auto result = make_walk_graph(csr_of(graph), options.symmetric ? WalkGraph::symmetric : WalkGraph::random_walk);
  if (options.symmetric && !goes_both_ways(result.rows))
    throw Error("a symmetric mask needs a graph whose edges go both ways; take a united or mutual one");
  return result;
}

WalkOptions walk_options_of(const WalkMaskOptions& options) {
  WalkOptions how;
  how.powers = options.walkers == 0;
  how.walkers = std::max(1, options.walkers);
  how.hops = static_cast<int>(options.modulation.size()) - 1;
  how.frontier = options.frontier;
  how.entries = options.entries;
  for (const double f : options.modulation) how.weight.push_back(std::max(std::abs(f), 1e-9));
  how.halt = options.halt;
  how.antithetic = options.antithetic;
  how.repelling = options.repelling;
  how.expected_last_hop = options.expected_last_hop && how.hops > 0;
  how.seed = options.seed;
  return how;
}

}  // namespace treewalk
