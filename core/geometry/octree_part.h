// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "core/geometry/octree.h"

namespace treewalk {

/// Runs [first, second) of cells of a level, ascending and apart.
using CellRuns = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// Some cells of an octree with everything below and above them, as an octree of its own.
struct OctreePart {
  Octree octree;                 ///< its points are those of `point`, in that order
  at::Tensor point;              ///< [n] int32: which of the whole's points, in Morton order
  std::vector<at::Tensor> cell;  ///< [levels]: [n_l] int32, which of the whole's cells
};

/// whole: on the CPU. The cells of `level` that the runs name, their points, and all their descendants and ancestors:
/// nothing is sorted. Ancestors have the children and points of the part only. with_points: otherwise the octree has no
/// points, and cells hold none.
OctreePart octree_part(const Octree& whole, int level, const CellRuns& runs, bool with_points = true);

/// The cells of level `below` that the runs' cells of `level` hold, or themselves: a run for each. whole: on the CPU.
CellRuns cells_below(const Octree& whole, int level, CellRuns runs, int below);

/// The levels from `level` up, with the same numbers of cells, and without cells below, or points.
Octree octree_from(const Octree& whole, int level);

}  // namespace treewalk
