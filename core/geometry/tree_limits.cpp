// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/tree_limits.h"

#include <cmath>

namespace treewalk {

int most_levels(int branching) {
  const double family = static_cast<double>(branching) * branching * branching;
  int levels = 0;
  for (double keys = 1; keys * family <= 0x1p63; keys *= family) ++levels;
  return levels;
}

double most_cells(int branching) { return std::pow(branching, most_levels(branching)); }

void check_tree(const Grid& grid, int levels) {
  TORCH_CHECK(grid.branching >= 2 && grid.branching <= 8, "octree: branching must be 2 to 8, got ", grid.branching);
  TORCH_CHECK(levels >= 1 && levels <= most_levels(grid.branching) + 1, "octree: with branching ", grid.branching,
              " levels must be 1 to ", most_levels(grid.branching) + 1, ", got ", levels);
  TORCH_CHECK(grid.cell > 0 && std::isfinite(grid.cell) && std::isfinite(1 / grid.cell),
              "octree: the cell size must be positive, got ", grid.cell);
}

void check_extent(const Bounds& bounds, const Grid& grid) {
  TORCH_CHECK(bounds.finite, "octree: a point has a coordinate that is not finite");
  const double inv_cell = 1 / grid.cell, cells = most_cells(grid.branching);
  for (int axis = 0; axis < 3; ++axis) {
    const auto base = static_cast<double>(grid.base[axis]);
    const double low = (bounds.lower[axis] - grid.origin[axis]) * inv_cell - base;
    const double high = (bounds.upper[axis] - grid.origin[axis]) * inv_cell - base;
    const double first = grid.origin[axis] + grid.cell * base;
    TORCH_CHECK(low >= 0 && high < cells, "octree: points reach from ", bounds.lower[axis], " to ", bounds.upper[axis],
                " on axis ", "xyz"[axis], ", but cells of size ", grid.cell, " from ", first, " reach to ",
                first + grid.cell * cells, "; use a larger cell");
  }
}

}  // namespace treewalk
