// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/geometry/hierarchy.h"
#include "core/geometry/octree.h"

namespace treewalk {

// An octree as a hierarchy, on its device.

/// Cells with their parents and children, and with room for their records; without siblings.
Hierarchy cell_hierarchy(const Octree& octree);

/// The side of a level's cells.
double side_of_cells(const Grid& grid, int level);

/// The nearest cells of each cell, for all levels; mean[l] [n,3] float32: of the cells, or none where a level's are not
/// asked for. No cell farther than `reach` times the side of both is a sibling; 0: no limit. Without one no row is
/// short, as no more neighbours are asked for than there are, and the host waits for nothing; else once, for the
/// numbers of all levels' entries.
std::vector<Csr> nearest_siblings_of(const std::vector<at::Tensor>& mean, const Grid& grid, int neighbours,
                                     double reach);

/// The other children of each cell's parent, for all levels. The host waits once.
std::vector<Csr> tree_siblings_of(const Octree& octree);

}  // namespace treewalk
