// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include "core/geometry/graph.h"

namespace treewalk {

/// Another numbering of a graph's nodes; both undefined: the one they have. On the CPU.
struct NodeOrder {
  at::Tensor node;   ///< [N] int64: the node at each place
  at::Tensor place;  ///< [N] int32: the place of each node
  bool as_given() const { return !node.defined(); }
};

/// Whether the keys of a node's row lie so far from its own that caches are no help: of a sample of edges more than a
/// quarter reach further than rows of attention fit into a cache.
bool is_scattered(const Csr& graph);

/// Nodes by patches of neighbours: from a node at the rim of what is numbered already, breadth first until the patch is
/// full. One pass over the edges by one thread. Depends on the graph alone. Directed edges are followed forward.
NodeOrder order_by_patches(const Csr& graph);

/// The graph of the nodes at their places. A row's neighbours stay in the order in which it has them.
Csr renumbered(const Csr& graph, const NodeOrder& order);

/// Rows [N,C] of nodes at their places, and rows at places by node again; differentiable. In the given order both are
/// what they are given.
at::Tensor placed(const at::Tensor& rows, const NodeOrder& order);
at::Tensor by_node(const at::Tensor& rows, const NodeOrder& order);

/// A graph whose nodes are places, by node again: columns are nodes and ascend. Entry e was the entry `entry[e]`.
struct RestoredRows {
  Csr rows;
  at::Tensor entry;  ///< [E] int32
};
RestoredRows restored(const Csr& rows, const NodeOrder& order);

}  // namespace treewalk
