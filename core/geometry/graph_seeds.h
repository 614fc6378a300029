// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/geometry/graph.h"
#include "core/geometry/hierarchy.h"

// Levels above the nodes of a graph, which needs no coordinates: some of its nodes become seeds, no two of them
// neighbours and every other node beside one, and the seeds the nodes of a coarser graph. Everything lies on the
// graph's device and has the same bits on every device and for any number of threads.

namespace treewalk {

/// Seeds of a graph, and with which each node is at home.
struct GraphSeeds {
  at::Tensor seed;  ///< [m] int32 nodes, ascending
  at::Tensor home;  ///< [n] int32: of each node, which seed: itself, or the one beside it with the lowest number
  int rounds = 0;   ///< in which they were found
};

/// The lexicographically first maximal independent set by priority: what choosing nodes in that order gives, highest
/// first and of equal ones the lower number, each that has no chosen neighbour. It is found in rounds (Luby 1986;
/// Blelloch et al., "Greedy sequential maximal independent set and matching are parallel on average", SPAA 2012): an
/// undecided node that comes before all its undecided neighbours is chosen. graph: square, its edges both ways; loops
/// count for nothing. priority [n] int64. The host waits for each round's number of undecided nodes.
GraphSeeds graph_seeds(const Csr& graph, const at::Tensor& priority);

/// Priorities that tell nothing of the nodes' order: along a path of rising priorities there would be n / 2 rounds.
at::Tensor hashed_priorities(std::int64_t nodes, c10::Device device);

/// The graph of clusters: two are neighbours where an edge leads from one to the other.
struct ClusterGraph {
  Csr graph;          ///< [m], rows ascending, no loops
  at::Tensor weight;  ///< [E] int32: how many edges
};
/// home [n] int32: the cluster of each node, of `clusters`.
ClusterGraph cluster_graph(const Csr& graph, const at::Tensor& home, std::int64_t clusters);

/// Up to `most` neighbours of each cluster, by most edges, of equal ones the lower number first.
Csr heaviest(const ClusterGraph& clusters, int most);

/// A hierarchy over a graph: nodes, then for each level up to the last but one the seeds of the graph below, whose
/// children are the nodes at home with them, and last a single node. All lie at one place, of size 1, with the number
/// of nodes below them. Siblings: the graph's rows, its edges taken both ways and loops left out; above, and as seeds,
/// up to `neighbours` clusters that share most edges. levels 1 or more. No nodes: levels without any.
Hierarchy graph_hierarchy(const Csr& graph, int levels, int neighbours);

}  // namespace treewalk
