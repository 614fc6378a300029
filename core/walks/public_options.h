// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/walks/walks.h"
#include "treewalk/walks.h"

namespace treewalk {

/// The graph of the public interface as walks need it; throws Error where the options' mask does not fit it.
WalkGraph walk_graph_of(const KnnGraphArrays& graph, const WalkMaskOptions& options);
WalkOptions walk_options_of(const WalkMaskOptions& options);

}  // namespace treewalk
