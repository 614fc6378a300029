// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/geometry/graph.h"

namespace treewalk {

struct Neighbours {
  at::Tensor index;             ///< [M,k] int32, nearest first, equal distances by lower index; -1 where none is left
  at::Tensor squared_distance;  ///< [M,k] float32; infinity where none is left
};

/// Exact k nearest neighbours of every point among all points, the point itself left out.
/// points [N,3] float32, finite (looked at on the CPU only); k >= 1. The result lies on the points' device, where the
/// host waits for nothing. Distances are (dx*dx + dy*dy) + dz*dz in float32 without contraction.
Neighbours knn(const at::Tensor& points, int k);
/// The same for M query points; a query that coincides with a point finds it.
Neighbours knn(const at::Tensor& points, const at::Tensor& queries, int k);

/// The same, with or without queries, by the bodies that devices run.
Neighbours knn_by_bodies(const at::Tensor& points, const at::Tensor* queries, int k);

/// Rows of `neighbours` without the -1, as a directed graph over `columns` points.
Csr to_csr(const Neighbours& neighbours, std::int64_t columns);

}  // namespace treewalk
