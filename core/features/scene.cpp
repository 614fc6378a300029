// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/scene.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>

#include "core/attention/attention.h"
#include "core/device/parallel.h"
#include "core/features/feature.h"
#include "core/features/moments.h"
#include "core/geometry/bounds.h"
#include "core/geometry/knn.h"

namespace treewalk {
namespace {

void check(const PointSet& points, const SceneOptions& options, const Placement& placement) {
  const at::Tensor& p = points.position;
  TORCH_CHECK(p.defined() && p.dim() == 2 && p.size(1) == 3 && p.scalar_type() == at::kFloat && p.is_cpu(),
              "positions must be float32 [N,3] on the CPU");
  TORCH_CHECK(std::isfinite(options.cell_size) && options.cell_size > 0, "the cell size must be positive, found ",
              options.cell_size);
  TORCH_CHECK(options.levels >= 1 && options.levels <= 21, "levels must be 1 to 21, found ", options.levels);
  TORCH_CHECK(options.neighbours >= 0, "neighbours must not be negative, found ", options.neighbours);
  TORCH_CHECK(options.orientation == "viewpoint" || options.orientation == "up" || options.orientation == "outward",
              "orientation must be \"viewpoint\", \"up\" or \"outward\", found \"", options.orientation, "\"");
  for (const double x : placement.phase) TORCH_CHECK(x >= 0 && x < 1, "the phase must lie in [0,1), found ", x);
  TORCH_CHECK(placement.slack >= 1.001 && placement.slack < 100, "the slack must be 1.001 to 100, found ",
              placement.slack);
}

Grid make_grid(const float* position, std::int64_t size, const SceneOptions& options, const Placement& placement) {
  Bounds box = parallel_bounds(position, size);
  if (size == 0) box.lower = box.upper = {0, 0, 0};
  Grid grid{box.lower, options.cell_size, options.branching};
  const double cells = std::pow(options.branching, options.levels - 1);  // of the leaves in one of the last level
  if (options.normalise == "none") {
    for (int a = 0; a < 3; ++a) grid.origin[a] -= placement.phase[a] * options.cell_size * cells;
    return grid;
  }
  const double longest = box.longest_side();
  const double side = longest > 0 ? longest * placement.slack : 1;
  grid.cell = side / cells;
  for (int a = 0; a < 3; ++a) grid.origin[a] -= placement.phase[a] * (side - (box.upper[a] - box.lower[a]));
  return grid;
}

at::Tensor float_matrix(std::int64_t rows, std::int64_t columns) { return at::empty({rows, columns}, at::kFloat); }

at::Tensor mean_positions(const LevelMoments& level) {
  at::Tensor mean = float_matrix(level.size(), 3);
  float* to = mean.mutable_data_ptr<float>();
  for (std::int64_t c = 0; c < level.size(); ++c)
    for (int a = 0; a < 3; ++a) to[3 * c + a] = static_cast<float>(level.raw[c].mean[a]);
  return mean;
}

// No row is short, as no more neighbours are asked for than there are.
Csr siblings_of(const at::Tensor& mean, int neighbours) {
  const std::int64_t cells = mean.size(0);
  const std::int64_t k = std::max<std::int64_t>(std::min<std::int64_t>(neighbours, cells - 1), 0);
  Csr rows;
  rows.columns = cells;
  if (k > 0) {
    rows.offset = at::arange(0, cells * k + 1, k, at::kInt);
    rows.column = knn(mean, static_cast<int>(k)).index.view({cells * k});
  } else {
    rows.offset = at::zeros({cells + 1}, at::kInt);
    rows.column = at::empty({0}, at::kInt);
  }
  return rows;
}

/// The other children of each cell's parent.
Csr tree_siblings_of(const Octree& octree, int level) {
  const std::int64_t cells = octree.level[level].size();
  Csr rows;
  rows.columns = cells;
  if (level + 1 == octree.levels()) {
    rows.offset = at::zeros({cells + 1}, at::kInt);
    rows.column = at::empty({0}, at::kInt);
    return rows;
  }
  const auto* child = octree.level[level + 1].child.const_data_ptr<std::int32_t>();
  const auto* parent = octree.level[level].parent.const_data_ptr<std::int32_t>();
  std::vector<std::int32_t> offset{0}, column;
  for (std::int64_t c = 0; c < cells; ++c) {
    for (std::int32_t s = child[parent[c]]; s < child[parent[c] + 1]; ++s)
      if (s != c) column.push_back(s);
    offset.push_back(static_cast<std::int32_t>(column.size()));
  }
  rows.offset = at::tensor(offset, at::kInt);
  rows.column = at::tensor(column, at::kInt);
  return rows;
}

Csr children_of(const Octree& octree, int level) {
  Csr rows;
  rows.offset = octree.level[level].child;
  rows.columns = octree.level[level - 1].size();
  rows.column = at::arange(rows.columns, at::kInt);
  return rows;
}

void write_nodes(const LevelMoments& level, float* to) {
  for (std::int64_t c = 0; c < level.size(); ++c, to += kNodeRecord) {
    for (int a = 0; a < 3; ++a) to[a] = static_cast<float>(level.raw[c].mean[a]);
    to[3] = static_cast<float>(level.cell_size);
    for (int a = 0; a < 3; ++a) to[4 + a] = static_cast<float>(level.normal[c][a]);
    to[7] = static_cast<float>(level.raw[c].count);
  }
}

// Neighbours and normals need each other level by level: the siblings are those of the means, the normals those of the
// siblings' moments.
Hierarchy make_hierarchy(const Octree& octree, CellMoments& moments, const SceneOptions& options,
                         const Orientation& orientation) {
  const int levels = octree.levels();
  Hierarchy hierarchy;
  hierarchy.first.assign(1, 0);
  for (int l = 0; l < levels; ++l) hierarchy.first.push_back(hierarchy.first.back() + octree.level[l].size());
  hierarchy.node = float_matrix(hierarchy.first.back(), kNodeRecord);
  hierarchy.children.resize(levels);
  hierarchy.parent.resize(levels);
  hierarchy.siblings.resize(levels);
  for (int l = 0; l < levels; ++l) {
    if (l > 0) hierarchy.children[l] = children_of(octree, l);
    if (l + 1 < levels) hierarchy.parent[l] = octree.level[l].parent;
    hierarchy.siblings[l] = siblings_of(mean_positions(moments.level[l]), options.neighbours);
    smooth_moments(moments.level[l], hierarchy.siblings[l], orientation);
    if (options.siblings == "tree") hierarchy.siblings[l] = tree_siblings_of(octree, l);
    write_nodes(moments.level[l], hierarchy.node.mutable_data_ptr<float>() + hierarchy.first[l] * kNodeRecord);
  }
  return hierarchy;
}

void compute_features(const FeatureInput& input, Scene& scene) {
  const SceneOptions& options = input.options;
  for (int l = 0; l < options.levels; ++l)
    scene.cell.push_back(float_matrix(scene.octree.level[l].size(), cell_columns(options, l)));
  scene.point = float_matrix(scene.size(), point_columns(options));
  if (scene.size() == 0) return;

  Feature::Output output;
  for (at::Tensor& cell : scene.cell) {
    output.cell.push_back(cell.mutable_data_ptr<float>());
    output.cell_stride.push_back(cell.size(1));
  }
  output.point = scene.point.mutable_data_ptr<float>();
  output.point_stride = scene.point.size(1);
  for (const auto& name : options.features) {
    const Feature& module = feature(name);
    module.compute(input, output);
    for (int l = 0; l < options.levels; ++l) output.cell[l] += module.cell_columns(options, l);
    output.point += module.point_column_names().size();
  }
}

}  // namespace

Scene make_scene(const PointSet& points, const SceneOptions& options, const Placement& placement) {
  check(points, options, placement);
  const at::Tensor position = points.position.contiguous();
  const float* x = position.const_data_ptr<float>();

  const Grid grid = make_grid(x, points.size(), options, placement);
  Orientation orientation{options.orientation == "up", {}, options.orientation == "outward"};
  for (int a = 0; a < 3; ++a) orientation.viewpoint[a] = points.viewpoint[a] - grid.origin[a];

  Scene scene;
  scene.octree = build_octree(position, grid, options.levels);
  scene.position = float_matrix(points.size(), 3);
  scene.offset = float_matrix(points.size(), 3);
  CellMoments moments = leaf_to_root_moments(scene.octree, x, scene.position.mutable_data_ptr<float>(),
                                             scene.offset.mutable_data_ptr<float>());
  if (orientation.outward && points.size() > 0) {
    const LevelMoments& last = moments.level.back();
    orientation.viewpoint = sum_of(last.raw.data(), nullptr, last.size()).mean;
  }
  scene.hierarchy = make_hierarchy(scene.octree, moments, options, orientation);
  compute_features({points, options, scene, moments, orientation}, scene);
  const auto ends = [](std::int64_t end) { return at::tensor({0, static_cast<int>(end)}, at::kInt); };
  for (int l = 0; l < options.levels; ++l) scene.cloud_cell.push_back(ends(scene.hierarchy.size(l)));
  scene.cloud_point = ends(points.size());
  return scene;
}

Placement default_placement(const SceneOptions& options) {
  if (options.normalise != "none") return {{0.5, 0.5, 0.5}, 1.02};
  const double half_leaf = 0.5 / std::pow(options.branching, options.levels - 1);
  return {{half_leaf, half_leaf, half_leaf}};
}

}  // namespace treewalk
