// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/scene.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/geometry/bounds.h"
#include "core/geometry/clusters.h"
#include "core/geometry/tree_limits.h"
#include "core/scene/cell_hierarchy.h"
#include "core/scene/moments.h"
#include "core/scene/position_clusters.h"
#include "core/scene/scene_kernel.h"

namespace treewalk {
namespace {

void check(const PointSet& points, const SceneOptions& options, const Placement& placement) {
  const at::Tensor& p = points.position;
  TORCH_CHECK(p.defined() && p.dim() == 2 && p.size(1) == 3 && p.scalar_type() == at::kFloat,
              "positions must be float32 [N,3]");
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

at::Tensor float_matrix(const at::Tensor& like, std::int64_t rows, std::int64_t columns) {
  return at::empty({rows, columns}, like.options().dtype(at::kFloat));
}

/// Means of the cells of the levels from `from` up; of others none.
std::vector<at::Tensor> means_of(const Octree& octree, int from, const CellMoments& moments, double step) {
  std::vector<at::Tensor> mean;
  for (int l = 0; l < octree.levels(); ++l) {
    mean.push_back(float_matrix(octree.order, l < from ? 0 : octree.level[l].size(), 3));
    parallel_for(mean[l].device(), mean[l].size(0), WriteMeans{moments.level[l].arrays(), step, out(mean[l])});
  }
  return mean;
}

/// Puts known clusters in the place of cells, in the levels from `from` up.
void take_known(const CellClusters& clusters, int from, double step, CellMoments& moments,
                std::vector<at::Tensor>& mean, Hierarchy& hierarchy) {
  for (int l = 0; l < hierarchy.levels(); ++l) {
    if (clusters.parent[l].defined()) {
      hierarchy.parent[l] = clusters.parent[l];
      hierarchy.children[l + 1] = members_of(hierarchy.parent[l], hierarchy.size(l + 1));
    }
    if (l < from || !clusters.raw[l].defined()) continue;
    moments.level[l].raw = clusters.raw[l];
    mean[l] = at::empty_like(mean[l]);
    parallel_for(mean[l].device(), mean[l].size(0), WriteMeans{moments.level[l].arrays(), step, out(mean[l])});
  }
}

// The siblings are those of the cells' means, also where clusters take the cells' place; the normals are those of the
// siblings' moments. Below the scene's first level cells have parents and children alone.
Hierarchy make_hierarchy(const Scene& scene, CellMoments& moments, const SceneOptions& options, double step,
                         const CellClusters* known) {
  const Octree& octree = scene.octree;
  const int levels = octree.levels(), from = scene.first_level;
  Hierarchy hierarchy = cell_hierarchy(octree);
  hierarchy.step = step;
  auto mean = means_of(octree, from, moments, step);
  hierarchy.siblings = nearest_siblings_of(mean, octree.grid, options.neighbours, sibling_reach(options));
  if (known)
    take_known(*known, from, step, moments, mean, hierarchy);
  else if (cluster_levels(options) > 0)
    cluster_by_position(options, step, moments, mean, hierarchy);
  for (int l = from; l < levels; ++l) {
    smooth_moments(moments.level[l], hierarchy.siblings[l], scene.orientation);
    parallel_for(hierarchy.node.device(), hierarchy.size(l),
                 WriteNodes{moments.level[l].arrays(), in(mean[l]),
                            hierarchy.node.mutable_data_ptr<float>() + hierarchy.first[l] * kNodeRecord});
  }
  if (options.siblings == "tree") hierarchy.siblings = tree_siblings_of(octree);
  return hierarchy;
}

/// Where in an ever repeating window of cells zero lies. The window is half of what a tree can name, so that a cloud
/// that crosses its end still fits, and zero, around which many clouds lie, is near no edge of any level's cells.
double place_of_zero(double window, double coarsest) { return std::floor(window * 5 / 12 / coarsest) * coarsest; }

Grid anchored_grid(const Bounds& box, const SceneOptions& options, const std::array<double, 3>& origin) {
  Grid grid{{-origin[0], -origin[1], -origin[2]}, options.cell_size, options.branching};
  const double coarsest = std::pow(options.branching, options.levels - 1);
  const double window = std::max(coarsest, most_cells(options.branching) / options.branching);
  const double zero = place_of_zero(window, coarsest);
  for (int a = 0; a < 3; ++a) {
    const double first = std::floor((box.lower[a] - grid.origin[a]) * (1 / grid.cell));
    grid.base[a] = static_cast<std::int64_t>(std::floor((first + zero) / window) * window - zero);
  }
  return grid;
}

/// Of the lattice on which means lie: over all cells that a grid has, its multiples are exact in double.
constexpr double kMeansPerPointStep = 1 << 14;

MomentsFrame moments_frame(const Grid& grid, const SceneOptions& options, const Placement& placement) {
  if (!placement.anchored) return {grid.origin, {0, 0, 0}, 0};
  return {{0, 0, 0}, placement.origin, point_step(options.cell_size) / kMeansPerPointStep};
}

/// Of the lattice of the nodes.
double node_step(const MomentsFrame& frame) { return frame.step * kMeansPerPointStep; }

/// Completes a scene that has its octree, its positions and the moments of its cells. points: for their viewpoint.
/// known: see scene_of_cells.
Scene with_hierarchy(Scene scene, const PointSet& points, const SceneOptions& options, const MomentsFrame& frame,
                     const CellClusters* known = nullptr) {
  Orientation& orientation = scene.orientation;
  orientation = {options.orientation == "up", {}, options.orientation == "outward"};
  scene.zero = frame.place;
  for (int a = 0; a < 3; ++a) orientation.viewpoint[a] = points.viewpoint[a] - frame.zero[a];
  if (orientation.outward && scene.size() > 0) {
    scene.middle = moments_of_all(scene.moments);
    orientation.middle = scene.middle.get();
  }
  scene.hierarchy = make_hierarchy(scene, scene.moments, options, node_step(frame), known);
  const at::Tensor ends = at::arange(2, at::kInt);  // on the CPU for every device
  for (int l = 0; l < options.levels; ++l) scene.cloud_cell.push_back(ends * scene.hierarchy.size(l));
  scene.cloud_point = ends * scene.size();
  return scene;
}

}  // namespace

double point_step(double cell_size) { return std::exp2(std::floor(std::log2(cell_size)) - 10); }

double sibling_reach(const SceneOptions& options) { return options.normalise == "none" ? 2 : 0; }

int levels_of_clusters(const SceneOptions& options) {
  return options.hierarchy == "octree" ? 0 : std::min(options.learned_levels, options.levels - 1);
}

Grid scene_grid(const Bounds& box, const SceneOptions& options, const Placement& placement) {
  if (placement.anchored) return anchored_grid(box, options, placement.origin);
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

Scene make_scene(const PointSet& points, const SceneOptions& options, const Placement& placement, const Bounds* known,
                 const Octree* octree) {
  check(points, options, placement);
  const at::Tensor position = points.position.contiguous();
  Bounds box{{0, 0, 0}, {0, 0, 0}};
  if (points.size() > 0) box = known ? *known : bounds_of_points(position);
  const Grid grid = scene_grid(box, options, placement);
  const MomentsFrame frame = moments_frame(grid, options, placement);
  Scene scene;
  scene.octree = octree ? *octree : build_octree(position, grid, options.levels);
  scene.position = float_matrix(position, points.size(), 3);
  scene.offset = float_matrix(position, points.size(), 3);
  scene.moments = leaf_to_root_moments(scene.octree, position, frame, scene.position, scene.offset);
  return with_hierarchy(std::move(scene), points, options, frame);
}

Scene scene_of_leaves(const PointSet& points, Octree octree, const SceneOptions& options, const Placement& placement) {
  const MomentsFrame frame = moments_frame(octree.grid, options, placement);
  Scene scene;
  scene.octree = std::move(octree);
  scene.octree.level.resize(1);
  scene.position = float_matrix(points.position, points.size(), 3);
  scene.offset = float_matrix(points.position, points.size(), 3);
  scene.zero = frame.place;
  scene.moments = leaf_to_root_moments(scene.octree, points.position.contiguous(), frame, scene.position, scene.offset);
  return scene;
}

CellSums sums_above(const Octree& octree, const CellSums& leaves, int level, const SceneOptions& options,
                    const Placement& placement) {
  const auto moments =
      moments_above(octree, 0, leaves.coordinate, leaves.raw, moments_frame(octree.grid, options, placement));
  return {moments.level[level].coordinate, moments.level[level].raw};
}

Scene scene_of_cells(const Octree& octree, int level, const CellSums& cells, const PointSet& points,
                     const SceneOptions& options, const Placement& placement, const CellClusters* clusters) {
  const MomentsFrame frame = moments_frame(octree.grid, options, placement);
  Scene scene;
  scene.first_level = level;
  scene.octree = octree;
  scene.position = float_matrix(cells.raw, 0, 3);
  scene.offset = float_matrix(cells.raw, 0, 3);
  scene.moments = moments_above(octree, level, cells.coordinate, cells.raw, frame);
  return with_hierarchy(std::move(scene), points, options, frame, clusters);
}

CellClusters clusters_by_position(const Octree& octree, const CellSums& leaves, const SceneOptions& options,
                                  const Placement& placement) {
  const MomentsFrame frame = moments_frame(octree.grid, options, placement);
  const int levels = octree.levels(), clusters = cluster_levels(options);
  auto moments = moments_above(octree, 0, leaves.coordinate, leaves.raw, frame);
  auto mean = means_of(octree, 0, moments, node_step(frame));
  auto seeds = mean;
  for (int l = 0; l < levels; ++l)
    if (l == 0 || l > clusters) seeds[l] = float_matrix(leaves.raw, 0, 3);
  auto hierarchy = cell_hierarchy(octree);
  hierarchy.siblings = nearest_siblings_of(seeds, octree.grid, options.neighbours, sibling_reach(options));
  seeds.clear();
  cluster_by_position(options, node_step(frame), moments, mean, hierarchy);
  CellClusters result;
  for (int l = 0; l < levels; ++l) {
    result.parent.push_back(l < clusters ? hierarchy.parent[l] : at::Tensor());
    result.raw.push_back(l > 0 ? moments.level[l].raw : at::Tensor());
  }
  return result;
}

void take_levels(Scene& scene, const Scene& whole, int level, const std::vector<at::Tensor>& cell) {
  for (int l = level; l < scene.octree.levels(); ++l) {
    const auto& from = whole.moments.level[l];
    auto& to = scene.moments.level[l];
    to.raw = from.raw.index_select(0, cell[l]);
    to.smooth_mean = from.smooth_mean.index_select(0, cell[l]);
    to.eigenvalue = from.eigenvalue.index_select(0, cell[l]);
    to.normal = from.normal.index_select(0, cell[l]);
    scene.hierarchy.records(l).copy_(whole.hierarchy.records(l).index_select(0, cell[l]));
  }
}

Placement default_placement(const PointSet& points, const SceneOptions& options) {
  if (options.normalise != "none") return {{0.5, 0.5, 0.5}, 1.02};
  Placement placement;
  placement.anchored = true;
  placement.origin = points.origin;
  return placement;
}

}  // namespace treewalk
