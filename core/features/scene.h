// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/attention/family.h"
#include "core/features/point_set.h"
#include "core/geometry/octree.h"

namespace treewalk {

/// Which inputs a network reads and how cells are made; part of a recipe.
struct SceneOptions {
  double cell_size = 0.01;
  int levels = 5;
  int neighbours = 8;                     ///< siblings: nearest cells of the same level
  std::string orientation = "viewpoint";  ///< normals turned to the "viewpoint" or "up"
  std::vector<std::string> features;      ///< names of modules, in the order of their columns; see feature.h
};

/// Everything geometric that a network needs of one cloud. Points are in Morton order.
struct Scene {
  Octree octree;
  at::Tensor position;           ///< [N,3] float32 in Morton order, relative to the octree grid's origin
  Hierarchy hierarchy;           ///< node positions likewise relative to the grid's origin
  std::vector<at::Tensor> cell;  ///< [levels]: [n_l, F_l] input features of the cells
  at::Tensor offset;             ///< [N,3] (position - mean of the leaf cell) / cell_size, Morton order
  at::Tensor point;              ///< [N,F] input features of the points, Morton order; F may be 0
  std::int64_t size() const { return position.size(0); }
};

/// Builds octree, moments, normals, neighbours and features. phase: where in a cell of the coarsest level the cloud's
/// minimum lies, per axis in [0,1), so that grid.origin = minimum - phase * cell_size * 2^(levels-1); training draws it
/// at random so that no network learns the cells' phase.
/// Same result for any number of threads. The order of the points does not matter: cells, their nodes and features are
/// the same bits, and what belongs to a point moves with it (points of one leaf keep their input order; modules that
/// look for a point's nearest points see ties by that order). No points: levels without cells, and empty tensors.
Scene make_scene(const PointSet& points, const SceneOptions& options, const std::array<double, 3>& phase);

/// The phase used outside training: half a leaf cell, which is 1 / 2^levels of a coarsest cell, on every axis.
std::array<double, 3> default_phase(const SceneOptions& options);

}  // namespace treewalk
