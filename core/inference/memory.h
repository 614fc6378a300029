// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/geometry/octree.h"
#include "core/recipe/recipe.h"

namespace treewalk {

// What labelling a cloud takes, in bytes: by this a session decides whether to cut it into tiles.

/// Memory per point of the whole cloud beside its tiles: positions, places, costs, blended scores and results.
std::int64_t base_bytes_per_point(int classes);

/// The most that a point of a tile can cost: every point has a cell of its own at every level.
double highest_cost(const Recipe& recipe);

/// Of a point that is worked on, beside its cells.
double bytes_of_point(const Recipe& recipe);

/// The most that a normalised cloud of so many points can cost: its last level is one cell.
double cost_of_object(const Recipe& recipe, std::int64_t points);

/// Points that a cloud in tiles has worked on at a time, or those of one leaf where that has more.
constexpr std::int64_t kPointsOfPiece = 1 << 15;

/// Of the most points that are worked on at a time. octree: on the CPU.
double bytes_of_points_at_once(const Octree& octree, const Recipe& recipe);

/// Of the sums of all leaves.
double bytes_of_sums(const Octree& octree);

/// Of finding clusters among all cells of a cloud that is in tiles, beside what is kept of them; 0: there are none.
double bytes_of_choice(const Octree& octree, const Recipe& recipe);

/// Of what is kept of all cells below `level` of a cloud whose tiles hold whole cells of it, and of its clusters.
double bytes_kept_below(const Octree& octree, const Recipe& recipe, int level);

/// Of each cell of a level with all cells below it, without their points. octree: on the CPU.
std::vector<float> cell_costs(const Octree& octree, const Recipe& recipe, int level);

/// Of all cells of the levels from `level` up.
double cost_from(const Octree& octree, const Recipe& recipe, int level);

/// Of all levels above that one, and of what is held of its own cells meanwhile.
double cost_above(const Octree& octree, const Recipe& recipe, int level);

/// What the rasters of the recipe's features take where the cloud is seen at once. position [N,3] float32, N >= 1;
/// zero: as in lowest_points.
double raster_bytes(const Recipe& recipe, const at::Tensor& position, const std::array<double, 3>& zero);

/// Memory that programs may still take, in MB: a GPU's own, or the machine's.
std::int64_t free_memory_mb(c10::Device device);

}  // namespace treewalk
