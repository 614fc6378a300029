// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/walks/walks.h"
#include "treewalk/walks.h"

namespace treewalk {

/// The graph of the public interface as walks need it; throws where options are outside their range, or where their
/// mask does not fit the graph.
WalkGraph walk_graph_of(const KnnGraphArrays& graph, const WalkOptions& options);

}  // namespace treewalk
