// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/attention/family.h"

namespace treewalk {

/// The nearest cells of levels from..to as one graph over their nodes, with `tree` also edges between parents and
/// children; on the hierarchy's device. The host waits for nothing.
Csr mask_graph(const Hierarchy& hierarchy, int from, int to, bool tree);

/// [nodes] int32: each node's level and its place among the cells of its cloud on that level, as one number.
/// cloud_cell as in Scene.
at::Tensor node_names(const std::vector<at::Tensor>& cloud_cell, int from, int to, c10::Device device);

}  // namespace treewalk
