// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/geometry/bounds.h"
#include "core/inference/run.h"
#include "core/scene/point_set.h"
#include "core/scene/scene.h"

namespace treewalk {

/// A box of the cloud that is taken through a network at once. Points between inner and outer box are seen by several
/// tiles and get a blend of their results.
struct Tile {
  std::array<float, 3> core_low, core_high;  ///< the tiles' cores partition space; outermost sides are infinite
  std::vector<std::int32_t> point;           ///< ascending: points in the core grown by the halo; none: all points
  bool whole() const { return point.empty(); }
};

/// Halves the cloud at medians of its longest side until the costs of no tile's points, halo included, sum to more than
/// `max_cost`. position [N,3] float32; cost: of every point, >= 0. One tile without limits when all points together
/// cost no more than that. Throws when the halo makes it impossible.
std::vector<Tile> make_tiles(const at::Tensor& position, const std::vector<float>& cost, double max_cost, float halo);

/// Weight of a point in a tile: 1 from `halo` inside the core's sides on, 0 from `halo` outside, linear between; the
/// weights of two neighbours sum to 1 across their common side.
float tile_weight(const Tile& tile, float halo, const float* position);

/// Points on the CPU that make a scene, with their box, so that the host need not ask a device for it, and their place
/// in the grid.
struct ScenePoints {
  PointSet points;
  Bounds box;
  Placement placement;
};
/// A cloud's points. At least one.
ScenePoints scene_points(PointSet points, const SceneOptions& options);
/// Those of a tile. All tiles share the cells of the cloud's grid, so a point lies in the same cells in each.
ScenePoints scene_points(const ScenePoints& cloud, const Tile& tile, const SceneOptions& options);

/// How a cloud is taken through a network.
struct Tiling {
  std::vector<Tile> tile;
  float halo = 0;
  std::int64_t points = 0;       ///< of all tiles together
  std::optional<Octree> octree;  ///< of a cloud that is taken whole after its cells were counted
};

/// Tiles that take the run's memory limit or, without one, three quarters of what its device has free. Throws Error
/// that says what is needed where the limit is too small.
Tiling tiles_of(Run& run, const ScenePoints& cloud);

}  // namespace treewalk
