// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/public_graph.h"

#include <limits>
#include <string>
#include <utility>

#include "core/device/tensor_of.h"

namespace treewalk {
namespace {

Csr csr_of(const KnnGraphArrays& graph) {
  if (graph.offset.empty()) throw Error("a graph needs at least the offset 0");
  const auto nodes = static_cast<std::int64_t>(graph.offset.size()) - 1;
  if (graph.column.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    throw Error("the graph has " + std::to_string(graph.column.size()) + " edges; 2^31 - 1 can be walked on");
  return {tensor_of<std::int32_t>(graph.offset), tensor_of<std::int32_t>(graph.column), nodes};
}

bool goes_both_ways(const Csr& graph) {
  const auto back = transpose(graph).graph;
  const auto sorted = transpose(back).graph;  // rows ascending
  return back.offset.equal(sorted.offset) && back.column.equal(sorted.column);
}

WalkGraph checked_graph(Csr rows, const WalkOptions& options) {
  auto result = make_walk_graph(std::move(rows), options.symmetric ? WalkGraph::symmetric : WalkGraph::random_walk);
  if (options.symmetric && !goes_both_ways(result.rows))
    throw Error("a symmetric mask needs a graph whose edges go both ways; take a united or mutual one");
  return result;
}

}  // namespace

WalkGraph walk_graph_of(const KnnGraphArrays& graph, const WalkOptions& options) {
  check(options);
  return checked_graph(csr_of(graph), options);
}

OrderedGraph ordered_walk_graph(const KnnGraphArrays& graph, const WalkOptions& options) {
  check(options);
  auto rows = csr_of(graph);
  rows.check();
  if (!is_scattered(rows)) return {checked_graph(std::move(rows), options), {}};
  OrderedGraph ordered;
  ordered.order = order_by_patches(rows);
  ordered.graph = checked_graph(renumbered(rows, ordered.order), options);
  ordered.graph.identity = ordered.order.node.to(at::kInt);
  return ordered;
}

}  // namespace treewalk
