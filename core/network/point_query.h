// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include "core/attention/attention.h"
#include "core/scene/scene.h"

namespace treewalk {

/// What a point head reads of the points that it is asked for, beside their scene.
struct PointQuery {
  at::Tensor place;    ///< [S] int32 ascending places in Morton order
  AttentionRows rows;  ///< attention only: nodes around each of them
  at::Tensor node;     ///< attention only: the records of all nodes and then of the points
};

/// Rows for points at `place` (ascending): their leaf (as self), its siblings and its ancestors. -> query.rows, .node.
/// The host waits once, for the number of entries.
void attend_to_leaves(const Scene& scene, bool with_transposes, PointQuery& query);

}  // namespace treewalk
