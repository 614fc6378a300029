// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/scene.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/empty.h>
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
#include "core/geometry/knn.h"
#include "core/geometry/tree_limits.h"
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

Csr empty_rows(const at::TensorOptions& int32, std::int64_t rows) {
  return {at::zeros({rows + 1}, int32), at::empty({0}, int32), rows};
}

/// Gives rows whose columns are still undefined room for their entries: offset[r] is the number of entries of row r and
/// becomes the offset. The host waits for the numbers of all levels' entries, once.
void make_room(std::vector<Csr>& rows) {
  std::vector<Csr*> counted;
  std::vector<at::Tensor> entries;
  for (Csr& level : rows) {
    if (level.column.defined()) continue;
    const at::Tensor count = level.offset.narrow(0, 1, level.rows());
    count.copy_(count.cumsum(0, at::kInt));
    counted.push_back(&level);
    entries.push_back(count.narrow(0, level.rows() - 1, 1));
  }
  if (entries.empty()) return;
  const at::Tensor sizes = at::cat(entries).cpu();
  const std::int32_t* const size = in(sizes);
  for (std::size_t l = 0; l < counted.size(); ++l)
    counted[l]->column = at::empty({size[l]}, counted[l]->offset.options());
}

/// The nearest cells of each cell, for all levels; mean[l] [n,3]: of the cells. No cell farther than `reach` times the
/// side of both is a sibling; 0: no limit. Without one no row is short, as no more neighbours are asked for than there
/// are, and the host waits for nothing.
std::vector<Csr> nearest_siblings_of(const std::vector<at::Tensor>& mean, const CellMoments& moments, int neighbours,
                                     double reach) {
  std::vector<Csr> rows;
  std::vector<at::Tensor> nearest(mean.size());
  for (std::size_t l = 0; l < mean.size(); ++l) {
    const std::int64_t cells = mean[l].size(0);
    const std::int64_t k = std::max<std::int64_t>(std::min<std::int64_t>(neighbours, cells - 1), 0);
    const auto int32 = mean[l].options().dtype(at::kInt);
    rows.push_back(empty_rows(int32, cells));
    if (k == 0) continue;
    const auto found = knn(mean[l], static_cast<int>(k));
    if (!(reach > 0)) {
      rows[l] = {at::arange(0, cells * k + 1, k, int32), found.index.view({cells * k}), cells};
      continue;
    }
    const double limit = reach * moments.level[l].cell_size;
    rows[l].column.reset();
    nearest[l] = found.index;
    parallel_for(mean[l].device(), cells,
                 CountNear{in(found.squared_distance), k, static_cast<float>(limit * limit),
                           out(rows[l].offset.narrow(0, 1, cells))});
  }
  make_room(rows);
  for (std::size_t l = 0; l < mean.size(); ++l)
    if (nearest[l].defined())
      parallel_for(mean[l].device(), rows[l].rows(),
                   WriteNear{in(nearest[l]), nearest[l].size(1), in(rows[l].offset), out(rows[l].column)});
  return rows;
}

/// The other children of each cell's parent, for all levels.
std::vector<Csr> tree_siblings_of(const Octree& octree) {
  const int levels = octree.levels();
  const auto device = octree.order.device();
  std::vector<Csr> rows;
  const auto has_parents = [&](int l) { return l + 1 < levels && octree.level[l].size() > 0; };
  for (int l = 0; l < levels; ++l) {
    const std::int64_t cells = octree.level[l].size();
    rows.push_back(empty_rows(octree.order.options(), cells));
    if (!has_parents(l)) continue;
    rows[l].column.reset();
    parallel_for(device, cells,
                 CountTreeSiblings{in(octree.level[l].parent), in(octree.level[l + 1].child),
                                   out(rows[l].offset.narrow(0, 1, cells))});
  }
  make_room(rows);
  for (int l = 0; l < levels; ++l)
    if (has_parents(l))
      parallel_for(device, octree.level[l].size(),
                   WriteTreeSiblings{in(octree.level[l].parent), in(octree.level[l + 1].child), in(rows[l].offset),
                                     out(rows[l].column)});
  return rows;
}

Csr children_of(const Octree& octree, int level) {
  Csr rows;
  rows.offset = octree.level[level].child;
  rows.columns = octree.level[level - 1].size();
  rows.column = at::arange(rows.columns, rows.offset.options());
  return rows;
}

// The siblings are those of the cells' means, also where clusters take the cells' place; the normals are those of the
// siblings' moments. Below `from`, whose moments are the lowest, cells have parents and children alone.
Hierarchy make_hierarchy(const Octree& octree, int from, CellMoments& moments, const SceneOptions& options, double step,
                         const Orientation& orientation) {
  const int levels = octree.levels();
  Hierarchy hierarchy;
  hierarchy.first.assign(1, 0);
  for (int l = 0; l < levels; ++l) hierarchy.first.push_back(hierarchy.first.back() + octree.level[l].size());
  hierarchy.node = float_matrix(octree.order, hierarchy.first.back(), kNodeRecord);
  hierarchy.children.resize(levels);
  hierarchy.parent.resize(levels);
  const auto device = hierarchy.node.device();
  std::vector<at::Tensor> mean;
  for (int l = 0; l < levels; ++l) {
    if (l > 0) hierarchy.children[l] = children_of(octree, l);
    if (l + 1 < levels) hierarchy.parent[l] = octree.level[l].parent;
    mean.push_back(float_matrix(octree.order, l < from ? 0 : hierarchy.size(l), 3));
    parallel_for(device, mean[l].size(0), WriteMeans{moments.level[l].arrays(), step, out(mean[l])});
  }
  hierarchy.siblings = nearest_siblings_of(mean, moments, options.neighbours, sibling_reach(options));
  if (cluster_levels(options) > 0) cluster_by_position(options, step, moments, mean, hierarchy);
  for (int l = from; l < levels; ++l) {
    smooth_moments(moments.level[l], hierarchy.siblings[l], orientation);
    parallel_for(device, hierarchy.size(l),
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

/// Completes a scene that has its octree, its positions and the moments of its cells. points: for their viewpoint.
Scene with_hierarchy(Scene scene, const PointSet& points, const SceneOptions& options, const MomentsFrame& frame) {
  Orientation& orientation = scene.orientation;
  orientation = {options.orientation == "up", {}, options.orientation == "outward"};
  scene.zero = frame.place;
  for (int a = 0; a < 3; ++a) orientation.viewpoint[a] = points.viewpoint[a] - frame.zero[a];
  if (orientation.outward && scene.size() > 0) {
    scene.middle = moments_of_all(scene.moments);
    orientation.middle = scene.middle.get();
  }
  const double step = frame.step * kMeansPerPointStep;  // of the lattice of the nodes
  scene.hierarchy = make_hierarchy(scene.octree, scene.first_level, scene.moments, options, step, orientation);
  const at::Tensor ends = at::arange(2, at::kInt);  // on the CPU for every device
  for (int l = 0; l < options.levels; ++l) scene.cloud_cell.push_back(ends * scene.hierarchy.size(l));
  scene.cloud_point = ends * scene.size();
  return scene;
}

}  // namespace

double point_step(double cell_size) { return std::exp2(std::floor(std::log2(cell_size)) - 10); }

double sibling_reach(const SceneOptions& options) { return options.normalise == "none" ? 2 : 0; }

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
                     const SceneOptions& options, const Placement& placement) {
  const MomentsFrame frame = moments_frame(octree.grid, options, placement);
  Scene scene;
  scene.first_level = level;
  scene.octree = octree;
  scene.position = float_matrix(cells.raw, 0, 3);
  scene.offset = float_matrix(cells.raw, 0, 3);
  scene.moments = moments_above(octree, level, cells.coordinate, cells.raw, frame);
  return with_hierarchy(std::move(scene), points, options, frame);
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
