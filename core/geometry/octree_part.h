// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
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

/// Where nodes of a level have other parents than the octree's: of the part's nodes of that level, their parents among
/// the part's; the octree's where those are not in the part. parent: the whole's, [n] int32, on the CPU, as the result
/// and the part are.
at::Tensor parents_in(const OctreePart& part, int level, const at::Tensor& parent);

/// The cells of level `below` that the runs' cells of `level` hold, or themselves: a run for each. whole: on the CPU.
CellRuns cells_below(const Octree& whole, int level, CellRuns runs, int below);

/// The coordinates of cells from the grid's base, by their keys. level: on the CPU.
std::vector<std::array<std::int32_t, 3>> places_of(const OctreeLevel& level, std::int64_t branching);

/// The levels from `level` up, with the same numbers of cells, and without cells below, or points.
Octree octree_from(const Octree& whole, int level);

}  // namespace treewalk
