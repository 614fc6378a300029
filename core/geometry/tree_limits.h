// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/geometry/bounds.h"
#include "core/geometry/octree.h"

namespace treewalk {

/// Levels of a tree whose keys fit 63 bits; the digits above them are one number.
int most_levels(int branching);
/// Cells of an axis that such keys can name.
double most_cells(int branching);

/// Throws for a branching, levels or a cell size that no tree can have.
void check_tree(const Grid& grid, int levels);
/// Throws where a point is not finite or lies outside of the grid's cells, naming the extent and the cell size.
void check_extent(const Bounds& bounds, const Grid& grid);

}  // namespace treewalk
