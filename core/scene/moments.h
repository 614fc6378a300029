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

/// What is known of the cells of one level, on the octree's device; positions are relative to the grid's origin. Rows
/// are the records of moments_arrays.h, where `arrays` is read: by host code for a level on the CPU, else by bodies.
struct LevelMoments {
  double cell_size = 1;
  at::Tensor coordinate;   ///< [n,3] int32
  at::Tensor raw;          ///< [n,10] double: Moments
  at::Tensor smooth_mean;  ///< [n,3] double, as are the next two
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
/// grid's origin, offset [N,3] (position - mean of the leaf) / leaf size; all contiguous, on the octree's device.
/// Leaf sums are integers (1/65536 of a cell), so they are exact and do not depend on the order of the points.
CellMoments leaf_to_root_moments(const Octree& octree, const at::Tensor& position, const at::Tensor& sorted,
                                 const at::Tensor& offset);

/// The Moments of all points: the sum of the last level's.
DeviceRecords<Moments> moments_of_all(const CellMoments& moments);

/// Fills smooth_mean, eigenvalue and normal of a level; siblings as in Hierarchy.
void smooth_moments(LevelMoments& level, const Csr& siblings, const Orientation& orientation);

}  // namespace treewalk
