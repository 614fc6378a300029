// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

#include "core/features/eigen3.h"
#include "core/geometry/graph.h"
#include "core/geometry/octree.h"

namespace treewalk {

/// Count, mean and scatter of a set of points, in double. Sets are added by the parallel-axis rule, so coarser cells
/// and neighbourhoods follow from the leaves, and no precision is lost far from the origin.
struct Moments {
  double count = 0;
  Vector3 mean{0, 0, 0};
  Symmetric3 scatter{0, 0, 0, 0, 0, 0};  ///< sum of (x - mean)(x - mean)^T
  /// scatter / count; zero without points.
  Symmetric3 covariance() const;
};

/// The moments of the union of `size` sets all[index[i]], added in that order (all[i] when index is null).
Moments sum_of(const Moments* all, const std::int32_t* index, std::int64_t size);

/// What is known of the cells of one level. Positions are relative to the grid's origin.
struct LevelMoments {
  double cell_size = 1;
  std::vector<std::array<std::int32_t, 3>> coordinate;  ///< cell (i,j,k) in units of cell_size
  std::vector<Moments> raw;                             ///< of the cell's points
  std::vector<Vector3> smooth_mean;                     ///< of the points of the cell and its siblings
  std::vector<Vector3> eigenvalue;                      ///< of their covariance, ascending
  std::vector<Vector3> normal;                          ///< unit, of their covariance
  std::int64_t size() const { return static_cast<std::int64_t>(raw.size()); }
  Vector3 centre(std::int64_t cell) const;
};

struct CellMoments {
  std::vector<LevelMoments> level;
};

/// Fills cell_size, coordinate and raw for all levels, and writes the points in Morton order.
/// position [N,3] float32 in input order, as given to build_octree; sorted receives [N,3] positions relative to the
/// grid's origin, offset [N,3] (position - mean of the leaf) / leaf size.
/// Leaf sums are integers (1/65536 of a cell), so they are exact and do not depend on the order of the points.
CellMoments leaf_to_root_moments(const Octree& octree, const float* position, float* sorted, float* offset);

/// Where normals point to: `up` +z, else the viewpoint (relative to the grid's origin), or `outward`, away from it.
struct Orientation {
  bool up = false;
  Vector3 viewpoint{0, 0, 0};
  bool outward = false;
};

/// Fills smooth_mean, eigenvalue and normal of a level; siblings as in Hierarchy.
void smooth_moments(LevelMoments& level, const Csr& siblings, const Orientation& orientation);

}  // namespace treewalk
