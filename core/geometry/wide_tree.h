// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/geometry/octree.h"

namespace treewalk {

/// build_octree for any branching b = grid.branching from 2 to 8: cells of level l have size grid.cell * b^l, and the
/// key of a cell is its parent's key * b^3 + x + b y + b^2 z, with x, y, z its place in the parent. On the CPU, one
/// thread: for comparing hierarchies, not for large clouds. For b = 2 the result is build_octree's.
Octree build_wide_tree(const at::Tensor& points, const Grid& grid, int levels);

}  // namespace treewalk
