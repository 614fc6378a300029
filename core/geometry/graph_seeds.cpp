// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/graph_seeds.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/masked_select.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/unique_consecutive.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/geometry/clusters.h"
#include "core/geometry/graph_seeds_kernel.h"
#include "core/geometry/knn.h"

namespace treewalk {

at::Tensor hashed_priorities(std::int64_t nodes, c10::Device device) {
  const auto priority = at::empty({nodes}, at::TensorOptions(at::kLong).device(device));
  parallel_for(device, nodes, HashOfNode{out(priority)});
  return priority;
}

GraphSeeds graph_seeds(const Csr& graph, const at::Tensor& priority) {
  const auto nodes = graph.rows();
  TORCH_CHECK(graph.columns == nodes && priority.size(0) == nodes, "graph_seeds: ", nodes, " rows, ", graph.columns,
              " columns and ", priority.size(0), " priorities");
  const auto device = graph.offset.device();
  auto state = at::zeros({nodes}, graph.offset.options().dtype(at::kByte)), next = at::empty_like(state);
  GraphSeeds seeds;
  while (nodes > 0 && (state == kUndecidedNode).any().item<bool>()) {
    parallel_for(device, nodes, MarkSeeds{in(graph.offset), in(graph.column), in(priority), in(state), out(next)});
    parallel_for(device, nodes, DropBesideSeeds{in(graph.offset), in(graph.column), in(next), out(state)});
    ++seeds.rounds;
  }
  const auto chosen = state == kSeedNode;
  const auto rank = chosen.cumsum(0, at::kInt) - 1;
  seeds.seed = chosen.nonzero().view({-1}).to(at::kInt);
  seeds.home = at::empty({nodes}, graph.offset.options());
  parallel_for(device, nodes, HomesOfNodes{in(graph.offset), in(graph.column), in(state), in(rank), out(seeds.home)});
  return seeds;
}

ClusterGraph cluster_graph(const Csr& graph, const at::Tensor& home, std::int64_t clusters) {
  const auto from = home.index_select(0, rows_of_entries(graph)), to = home.index_select(0, graph.column);
  const auto pair = (from.to(at::kLong) * clusters + to).masked_select(from != to);
  const auto [edge, inverse, count] = at::unique_consecutive(std::get<0>(pair.sort()), false, true);
  const auto row = edge.floor_divide(std::max<std::int64_t>(clusters, 1)).to(at::kInt);
  const auto column = edge.remainder(std::max<std::int64_t>(clusters, 1)).to(at::kInt);
  return {rows_of_sorted(row, column, clusters, clusters), count.to(at::kInt)};
}

Csr heaviest(const ClusterGraph& clusters, int most) {
  const auto rows = clusters.graph.rows();
  const auto chosen = at::empty({rows, most}, clusters.graph.offset.options());
  parallel_for(
      chosen.device(), rows,
      HeaviestOfRow{in(clusters.graph.offset), in(clusters.graph.column), in(clusters.weight), most, out(chosen)});
  return to_csr({chosen, {}}, rows);
}

Hierarchy graph_hierarchy(const Csr& any_graph, int levels, int neighbours) {
  TORCH_CHECK(levels >= 1 && neighbours >= 0, "graph_hierarchy: ", levels, " levels, ", neighbours, " neighbours");
  Hierarchy hierarchy;
  auto graph = without_loops(unite(any_graph));
  const auto places = graph.offset.options();
  hierarchy.children.resize(levels);
  hierarchy.parent.resize(levels);
  hierarchy.siblings = {graph};
  hierarchy.first = {0, graph.rows()};
  auto leaves = at::ones({graph.rows()}, places.dtype(at::kLong));
  std::vector<at::Tensor> node{records_at_one_place(leaves)};
  for (int l = 1; l < levels; ++l) {
    const auto below = hierarchy.size(l - 1);
    std::int64_t size = std::min<std::int64_t>(below, 1);
    auto& home = hierarchy.parent[l - 1];
    if (l + 1 < levels) {
      auto seeds = graph_seeds(graph, hashed_priorities(below, places.device()));
      home = std::move(seeds.home);
      size = seeds.seed.size(0);
    } else {
      home = at::zeros({below}, places);
    }
    hierarchy.first.push_back(hierarchy.first.back() + size);
    hierarchy.children[l] = members_of(home, size);
    leaves = leaves_above(leaves, hierarchy.children[l]);
    node.push_back(records_at_one_place(leaves));
    const auto above = cluster_graph(graph, home, size);
    hierarchy.siblings.push_back(heaviest(above, neighbours));
    graph = above.graph;
  }
  hierarchy.node = at::cat(node);
  return hierarchy;
}

}  // namespace treewalk
