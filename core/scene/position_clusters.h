// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/geometry/hierarchy.h"
#include "core/geometry/octree.h"
#include "core/scene/moments.h"
#include "core/scene/scene_options.h"

namespace treewalk {

/// Levels above the leaves whose nodes are clusters by position; 0: every node of a scene is a cell of the octree.
int cluster_levels(const SceneOptions& options);

/// Makes the nodes of the first levels above the leaves clusters around the octree's cells, which are their seeds: a
/// node of the level below goes to the nearest centre among its octree parent and that one's nearest cells, in rounds
/// (clusters.h) by position alone. A level's number of nodes and their order stay the octree's; a cluster without
/// members stays too, with no points, where its cell was. All levels above get the points that this gives them.
/// hierarchy: an octree's, with its nearest cells as siblings; its parents and children, the moments' raw ones and
/// mean[l] [n_l,3] become those of the clusters. step: of the lattice on which means lie.
void cluster_by_position(const SceneOptions& options, double step, CellMoments& moments, std::vector<at::Tensor>& mean,
                         Hierarchy& hierarchy);

}  // namespace treewalk
