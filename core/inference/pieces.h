// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/geometry/octree_part.h"
#include "core/inference/run.h"
#include "core/inference/tiles.h"
#include "core/scene/scene.h"

namespace treewalk {

// The points of a cloud that is in tiles are worked on some leaves at a time.

/// Leaves, cut where their points are as many as are worked on at a time. octree: on the CPU.
std::vector<CellRuns> pieces_of(const Octree& octree, const CellRuns& leaves);

/// A piece with its points, on the run's device, without features.
struct Piece {
  PointSet points;
  Scene scene;       ///< scene_of_leaves
  at::Tensor point;  ///< [n] int32: which of the cloud's the scene's are, on the CPU
};
Piece take_piece(const Run& run, const ScenePoints& cloud, const Octree& octree, const CellRuns& leaves);

/// What all leaves of a cloud have of their points' places, on the CPU. octree: the cloud's, on the CPU.
CellSums sums_of_leaves(Run& run, const ScenePoints& cloud, const Octree& octree);

}  // namespace treewalk
