// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

namespace treewalk {

struct Bounds;

/// Where leaf cells lie: cell (i,j,k) covers origin + cell * (base + [i,i+1) x [j,j+1) x [k,k+1)), 0 <= i,j,k < 2^21.
struct Grid {
  std::array<double, 3> origin{0, 0, 0};
  double cell = 1;
  int branching = 2;  ///< b, 2 to 8: a cell has up to b^3 children
  /// Grids of one origin and different bases have the same cells, whichever points they are made for.
  std::array<std::int64_t, 3> base{0, 0, 0};
};

/// Cells of one level, in ascending Morton order. Level l has cells of size grid.cell * branching^l.
struct OctreeLevel {
  /// [n] int64, ascending, 63 bits: the parent's key * b^3 + x + b y + b^2 z, with x, y, z the cell's place in the
  /// parent. For b = 2 these are Morton keys.
  at::Tensor key;
  at::Tensor point;   ///< [n+1] int32: the points of cell c are order[point[c] .. point[c+1])
  at::Tensor child;   ///< [n+1] int32: its children are cells child[c] .. child[c+1]) of level l-1; level 0: undefined
  at::Tensor parent;  ///< [n] int32 cell of level l+1; last level: undefined
  std::int64_t size() const { return key.size(0); }
};

/// Fixed octree, leaves first; only occupied cells exist. Tensors live on the device of the points.
struct Octree {
  Grid grid;
  std::vector<OctreeLevel> level;
  at::Tensor order;  ///< [N] int32 input index of each point in Morton order; equal keys keep input order
  at::Tensor leaf;   ///< [N] int32 leaf cell of each input point
  int levels() const { return static_cast<int>(level.size()); }
  /// Throws when any invariant above is broken (sorted keys, offsets, parent/child agreement, permutation).
  void check() const;
};

/// The smallest cube at the points' minimum with 2^depth cells a side (a point at the maximum is in the last cell).
/// points [N,3] float32 or float64, finite. All points equal or none: cell 1. Elsewhere than on the CPU the host waits
/// for the points' box; the second form is for one that is known, and lower > upper says that there are no points.
Grid fit_grid(const at::Tensor& points, int depth);
Grid fit_grid(const Bounds& bounds, int depth);

/// points [N,3] float32 or float64, finite; levels 1..22. A point outside the 2^21 cells of an axis is an error that
/// names the extent and the cell size. The cell of a point is floor((p - origin) * (1 / cell) - base) in double.
/// Empty input gives levels with no cells. Same result for any number of threads.
Octree build_octree(const at::Tensor& points, const Grid& grid, int levels);

/// Octree::order of these points, which lie within the grid, without the rest: a device's host need not wait for it.
at::Tensor morton_order(const at::Tensor& points, const Grid& grid);

/// build_octree by the algorithm that devices run, and the CPU for other branchings than 2; for 2 the result is the
/// same. The host waits once, for the numbers of cells of all levels.
Octree build_octree_by_scans(const at::Tensor& points, const Grid& grid, int levels);

}  // namespace treewalk
