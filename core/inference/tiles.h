// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/geometry/bounds.h"
#include "core/geometry/octree_part.h"
#include "core/inference/run.h"
#include "core/scene/point_set.h"
#include "core/scene/scene.h"

namespace treewalk {

/// A part of a cloud that goes through a network at once, as cells of the tiling's level.
struct Tile {
  CellRuns own;
  CellRuns upward, downward;  ///< its own, and all within each sweep's margin around their box
};
/// Of the two sweeps: in cells, along each axis.
struct Margins {
  std::int64_t upward = 0, downward = 0;
};

/// What tiles are made of: the cells of one level of an octree.
struct TileCells {
  TileCells(const OctreeLevel& level, int branching, std::vector<float> cost);
  std::vector<std::array<std::int32_t, 3>> place;  ///< coordinates, from the grid's corner
  std::vector<float> cost;                         ///< of each cell with all that it holds, >= 0
};

/// Halves the cells across the longest side of their box, by cost, until no tile costs more than `max_cost` with the
/// wider margin. Every cell is one tile's own. max_cost: at least smallest_limit of that margin.
std::vector<Tile> make_tiles(const TileCells& cells, const Margins& margins, double max_cost);

/// A limit that no cell with its margin, in x and y and of any height, costs more than.
double smallest_limit(const TileCells& cells, std::int64_t margin);

/// A limit with which tiles may be as wide as the margin everywhere: a ninth of what such a tile sees is its own. With
/// the smallest limit tiles are one cell wide, and nearly all of what they see is others': work grows with the square
/// of the margin.
double useful_limit(const TileCells& cells, std::int64_t margin);

/// Points on the CPU that make a scene, with their box, so that the host need not ask a device for it, and their place
/// in the grid.
struct ScenePoints {
  PointSet points;
  Bounds box;
  Placement placement;
};
/// A cloud's points. At least one.
ScenePoints scene_points(PointSet points, const SceneOptions& options);

/// How a cloud is taken through a network.
struct Tiling {
  std::optional<Octree> octree;  ///< of the cloud, on the CPU, where its cells were counted
  int level = 0;                 ///< tiles hold whole cells of it; the levels above are seen at once
  std::vector<Tile> tile;        ///< none: the cloud is taken whole
};

/// Whole, or in tiles that take the run's memory limit or, without one, three quarters of what its device has free.
/// Throws Error that says what is needed where the limit is too small for useful tiles (see useful_limit), or the
/// network sees clouds whole only.
Tiling tiles_of(Run& run, const ScenePoints& cloud);

}  // namespace treewalk
