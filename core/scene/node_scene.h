// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/geometry/hierarchy.h"
#include "core/scene/scene.h"

namespace treewalk {

/// A hierarchy of any origin as the scene of a network whose inputs are given (SceneOptions::columns), on its device:
/// one cloud, in which every leaf has one point, where the leaf is. There is no octree but for the order of the points.
/// cell: features of the nodes, [n_l, columns of that level] for each level, float32 or float64.
Scene node_scene(Hierarchy hierarchy, std::vector<at::Tensor> cell);

}  // namespace treewalk
