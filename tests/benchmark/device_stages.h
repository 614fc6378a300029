// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "core/geometry/graph.h"
#include "tests/benchmark/device_sides.h"

// The stages of device_benchmark.

namespace treewalk {

/// Points of a surface in Morton order, and the graph of their nearest neighbours.
struct SurfaceGraph {
  at::Tensor position;  ///< [N,3]
  Csr graph;            ///< rows of kNearest each
};
constexpr int kNearest = 16;

/// Octree, neighbours, their graph, its transpose and their union; fills `surface`.
void structure_stages(DeviceSides& sides, std::int64_t points, BothSides<SurfaceGraph>& surface);
/// Walks on the graph and the masks that are made of them.
void mask_stages(DeviceSides& sides, BothSides<SurfaceGraph>& surface);
/// Attention over the graph, a block of a network, and rows that are pooled.
void attention_stages(DeviceSides& sides, BothSides<SurfaceGraph>& surface);
/// Clouds of so many points become scenes and families, and get labels from the shipped models.
void network_stages(DeviceSides& sides, std::int64_t points, const std::string& models);
/// A step of a training of the recipe `tabletop`.
void training_stages(DeviceSides& sides, std::int64_t points, const std::string& recipes);

}  // namespace treewalk
