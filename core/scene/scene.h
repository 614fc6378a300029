// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/geometry/hierarchy.h"
#include "core/geometry/octree.h"
#include "core/scene/moments.h"
#include "core/scene/point_set.h"
#include "core/scene/scene_options.h"

namespace treewalk {

/// Everything geometric that a network needs of one cloud. Points are in Morton order. All tensors lie on one device
/// but for cloud_cell and cloud_point: a few offsets that the host reads and that stay on the CPU.
struct Scene {
  Octree octree;
  at::Tensor position;  ///< [N,3] float32 in Morton order, relative to the grid's origin; anchored: to the points' own
  Hierarchy hierarchy;  ///< node positions likewise
  std::array<double, 3> zero{0, 0, 0};  ///< anchored: the absolute place of the zero of positions; else 0
  int first_level = 0;                  ///< of known cells: above 0 in a scene of cells alone (scene_of_cells)
  at::Tensor offset;                    ///< [N,3] (position - mean of the leaf cell) / cell_size, Morton order
  /// Where several clouds lie in one scene (see merge_scenes): per level [clouds+1] int32, the cells of cloud b are
  /// cloud_cell[l][b] .. cloud_cell[l][b+1]; its points cloud_point[b] .. cloud_point[b+1].
  std::vector<at::Tensor> cloud_cell;
  at::Tensor cloud_point;
  /// What compute_features (feature.h) reads and then drops: moments of the cells, where normals point to (relative to
  /// the zero of the positions), and, for "outward", the record that this refers to.
  CellMoments moments;
  Orientation orientation;
  DeviceRecords<Moments> middle;
  // What compute_features writes.
  std::vector<at::Tensor> cell;  ///< [levels]: [n_l, F_l] input features of the cells
  at::Tensor point;              ///< [N,F] input features of the points, Morton order; F may be 0
  std::int64_t size() const { return position.size(0); }
  std::int64_t clouds() const { return cloud_point.size(0) - 1; }
};

/// Where a cloud lies in its grid. phase: per axis in [0,1). With cells of a given size, where in a cell of the
/// coarsest level the cloud's minimum lies: grid.origin = minimum - phase * cell_size * branching^(levels-1). In a
/// normalised cloud the grid is one cube whose side is `slack` times the longest side of the cloud's box, and phase
/// says how much of the slack lies below the minimum. Training draws both at random so that no network learns them.
/// Anchored, cells of a given size lie at absolute multiples of it, in the units of the cloud's own coordinates, of
/// which `origin` is what was taken off the points (PointSet::origin). Where points and origin are multiples of
/// point_step, no bit of a cell or a node depends on the origin or on which other points there are.
struct Placement {
  std::array<double, 3> phase{0, 0, 0};
  double slack = 1.02;
  bool anchored = false;
  std::array<double, 3> origin{0, 0, 0};
};

/// A power of two, 1/2048 to 1/1024 of a cell: points on multiples of it are exact in float32 over 16,384 cells.
double point_step(double cell_size);

/// Builds octree, moments, normals and neighbours of normalised points (normalise.h), all on the device of the points,
/// and for CUDA without their data passing through the host; compute_features (feature.h) completes it. What the host
/// waits for, beside octree and neighbours: the points' box, unless the caller knows it and gives it along (`box`:
/// exactly what bounds_of_points finds); the numbers of siblings where they are only as near as sibling_reach, and of
/// "tree" siblings. Same result for any number of threads. The order of the points does not matter: cells and their
/// nodes are the same bits, and what belongs to a point moves with it (points of one leaf keep their input order). No
/// points: levels without cells, and empty tensors. octree: of these points in their scene_grid, where the caller has
/// it.
Scene make_scene(const PointSet& points, const SceneOptions& options, const Placement& placement,
                 const Bounds* box = nullptr, const Octree* octree = nullptr);

/// The grid in which a cloud with that box is placed so.
Grid scene_grid(const Bounds& box, const SceneOptions& options, const Placement& placement);

/// The placement used outside training: anchored, or the cloud in the middle of the cube.
Placement default_placement(const PointSet& points, const SceneOptions& options);

// A cloud that is seen in tiles: its points are added up once, some leaves at a time; its coarse levels are a scene of
// their own; and tiles are scenes of cells, which take from it what they see only a part of. Nothing depends on how the
// cloud is cut, to the bit.

/// Of the cells of one level: [n,3] int32 coordinates and [n,10] double moments (LevelMoments).
struct CellSums {
  at::Tensor coordinate, raw;
};
/// Some leaves of an anchored scene with their points: positions, offsets and the leaves' moments, and nothing else.
/// octree: of these points, in the scene's grid; of coarser levels nothing is read.
Scene scene_of_leaves(const PointSet& points, Octree octree, const SceneOptions& options, const Placement& placement);
/// Of the cells of `level`, given the leaves'. octree: theirs, on their device, in the scene's grid.
CellSums sums_above(const Octree& octree, const CellSums& leaves, int level, const SceneOptions& options,
                    const Placement& placement);

/// Clusters by position of a cloud that is seen in tiles, or of some of its nodes (position_clusters.h).
struct CellClusters {
  std::vector<at::Tensor>
      parent;                   ///< [levels]: of the nodes that clusters are made of, Hierarchy::parent; else undefined
  std::vector<at::Tensor> raw;  ///< [levels]: of nodes above the leaves, [n_l,10] double moments; else undefined
};
/// Those of a whole cloud, on its leaves' device: the ones that make_scene finds. octree: theirs, on that device.
CellClusters clusters_by_position(const Octree& octree, const CellSums& leaves, const SceneOptions& options,
                                  const Placement& placement);

/// The levels from `level` up of the scene whose cells of that level these are, without points: what make_scene gives
/// for them. Cells of lower levels, where the octree has any, know their parents and children alone. octree: on the
/// device of the cells, without points; of the points only the viewpoint is read. clusters: where the options name
/// clusters by position, what is known of them, with parents among the octree's cells.
Scene scene_of_cells(const Octree& octree, int level, const CellSums& cells, const PointSet& points,
                     const SceneOptions& options, const Placement& placement, const CellClusters* clusters = nullptr);

/// Gives the cells of the levels from `level` up, of a scene of some of a cloud's points, what the whole cloud's cells
/// have: moments, normals and nodes. cell: for these levels, which of the whole's cells they are (OctreePart), on the
/// scenes' device. Both scenes: before compute_features.
void take_levels(Scene& scene, const Scene& whole, int level, const std::vector<at::Tensor>& cell);

/// The octree on that device.
Octree to(Octree octree, c10::Device device);
/// The scene, with its features, on that device.
Scene to(Scene scene, c10::Device device);

/// Several scenes of the same options, with their features, as one, level by level: a network runs over all of them at
/// once, and since no row leads from one cloud to another, each gets what it would get alone. Positions stay relative
/// to each cloud's grid; of the octree only the leaves' and levels' offsets are kept. All must lie on one device.
Scene merge_scenes(const std::vector<Scene>& scenes);

}  // namespace treewalk
