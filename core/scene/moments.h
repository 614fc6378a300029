// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/geometry/graph.h"
#include "core/geometry/octree.h"
#include "core/scene/device_records.h"
#include "core/scene/moments_arrays.h"

namespace treewalk {

/// Where the positions of a scene count from. step: of the lattice on which cells' centres and means lie, a power of
/// two; 0: any.
struct MomentsFrame {
  std::array<double, 3> zero{0, 0, 0};   ///< is taken off the points
  std::array<double, 3> place{0, 0, 0};  ///< of that zero from the grid's origin
  double step = 0;
};

/// What is known of the cells of one level, on the octree's device; positions are those of the scene. Rows
/// are the records of moments_arrays.h, where `arrays` is read: by host code for a level on the CPU, else by bodies.
struct LevelMoments {
  double cell_size = 1, step = 0;
  std::array<double, 3> base{0, 0, 0}, zero{0, 0, 0};  ///< see LevelArrays
  at::Tensor coordinate;                               ///< [n,3] int32
  at::Tensor raw;                                      ///< [n,10] double: Moments
  at::Tensor smooth_mean;                              ///< [n,3] double, as are the next two
  at::Tensor eigenvalue;
  at::Tensor normal;
  std::int64_t size() const { return raw.size(0); }
  LevelArrays arrays() const;
};

struct CellMoments {
  std::vector<LevelMoments> level;
};

/// Fills cell_size, coordinate and raw for all levels, and writes the points in Morton order.
/// position [N,3] float32 in input order, as given to build_octree; sorted receives [N,3] positions relative to the
/// the frame's zero, offset [N,3] (position - mean of the leaf) / leaf size; all contiguous, on the octree's device.
/// Leaf sums are integers (1/65536 of a cell), so they are exact and do not depend on the order of the points.
CellMoments leaf_to_root_moments(const Octree& octree, const at::Tensor& position, const MomentsFrame& frame,
                                 const at::Tensor& sorted, const at::Tensor& offset);

/// The same for the levels from `level` up, given that one's coordinate and raw; the levels below have no cells.
CellMoments moments_above(const Octree& octree, int level, const at::Tensor& coordinate, const at::Tensor& raw,
                          const MomentsFrame& frame);

/// The Moments of all points: the sum of the last level's.
DeviceRecords<Moments> moments_of_all(const CellMoments& moments);

/// Fills smooth_mean, eigenvalue and normal of a level; siblings as in Hierarchy.
void smooth_moments(LevelMoments& level, const Csr& siblings, const Orientation& orientation);

}  // namespace treewalk
