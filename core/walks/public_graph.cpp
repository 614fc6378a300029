// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/public_graph.h"

#include <ATen/ops/empty.h>

#include <algorithm>
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

WalkGraph walk_graph_of(const KnnGraphArrays& graph, const WalkOptions& options) {
  check(options);
  auto result = make_walk_graph(csr_of(graph), options.symmetric ? WalkGraph::symmetric : WalkGraph::random_walk);
  if (options.symmetric && !goes_both_ways(result.rows))
    throw Error("a symmetric mask needs a graph whose edges go both ways; take a united or mutual one");
  return result;
}

}  // namespace treewalk
