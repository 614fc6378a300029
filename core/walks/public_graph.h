// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/walks/node_order.h"
#include "core/walks/walks.h"
#include "treewalk/walks.h"

namespace treewalk {

/// The graph of the public interface as walks need it, in its own numbering; throws where options are outside their
/// range, or where their mask does not fit the graph.
WalkGraph walk_graph_of(const KnnGraphArrays& graph, const WalkOptions& options);

/// The same where nodes that are far apart in the given numbering have places near each other. Walkers know them by the
/// numbers that were given.
struct OrderedGraph {
  WalkGraph graph;
  NodeOrder order;
};
OrderedGraph ordered_walk_graph(const KnnGraphArrays& graph, const WalkOptions& options);

}  // namespace treewalk
