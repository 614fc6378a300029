// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

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

/// The first of these on the CPU: into index and squared_distance, which have room for [N,k]. points: not looked at.
void knn_into(const at::Tensor& points, int k, std::int32_t* index, float* squared_distance);

/// What a few points have found: `count` of them, and k rows of each.
struct FoundNeighbours {
  std::int64_t count = 0;
  const std::uint32_t* point = nullptr;  ///< [count]
  const std::int32_t* index = nullptr;   ///< [count,k]; -1 where none is left
};
/// Tells the neighbours that knn(points, k) finds, but those at larger squared distances than `most`, of some 65,000
/// points after the other, so that they take memory for these only. points: as there, on the CPU. use: is called in
/// this thread, until every point has been told once.
void knn_in_turn(const at::Tensor& points, int k, float most, const std::function<void(const FoundNeighbours&)>& use);

/// The same, with or without queries, by the bodies that devices run.
Neighbours knn_by_bodies(const at::Tensor& points, const at::Tensor* queries, int k);

/// Rows of `neighbours` without the -1, as a directed graph over `columns` points.
Csr to_csr(const Neighbours& neighbours, std::int64_t columns);

}  // namespace treewalk
