// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/cat.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>

#include <utility>
#include <vector>

#include "core/device/in_out.h"
#include "core/geometry/bounds.h"
#include "core/geometry/octree.h"
#include "core/geometry/octree_kernel.h"
#include "core/geometry/tree_limits.h"

namespace treewalk {
namespace {

template <class T>
void encode(const at::Tensor& points, const Grid& grid, const at::Tensor& key) {
  EncodeTreeKeys<T> body{in(points), {}, {}, 1 / grid.cell, most_cells(grid.branching), {grid.branching}, out(key)};
  for (int axis = 0; axis < 3; ++axis) {
    body.origin[axis] = grid.origin[axis];
    body.base[axis] = static_cast<double>(grid.base[axis]);
  }
  parallel_for(points.device(), points.size(0), body);
}

/// Ascending keys of the leaves that points lie in, and the index of each point.
std::pair<at::Tensor, at::Tensor> sorted_keys(const at::Tensor& packed, const Grid& grid) {
  const at::Tensor key = at::empty({packed.size(0)}, packed.options().dtype(at::kLong));
  packed.scalar_type() == at::kFloat ? encode<float>(packed, grid, key) : encode<double>(packed, grid, key);
  const auto [sorted, order] = at::sort(key, /*stable=*/true, /*dim=*/0, /*descending=*/false);
  return {sorted, order};
}

/// What the host must know before there is memory for the cells: where the points lie, and how many cells a level has.
struct Sizes {
  Bounds bounds;
  std::vector<std::int32_t> cells;
};

Sizes wait_for_sizes(const at::Tensor& points, const at::Tensor& mark, int levels) {
  std::vector<at::Tensor> count;
  for (int l = 0; l < levels; ++l) count.push_back(mark.gt(l).sum());
  const at::Tensor sizes = at::cat({corners_of_points(points), at::stack(count).to(at::kDouble)}).cpu();
  const double* from = in(sizes);
  Sizes result{bounds_of_corners(from), {}};
  for (int l = 0; l < levels; ++l) result.cells.push_back(static_cast<std::int32_t>(from[6 + l]));
  return result;
}

Octree without_points(const Grid& grid, int levels, const at::TensorOptions& int32) {
  Octree octree;
  octree.grid = grid;
  octree.order = octree.leaf = at::empty({0}, int32);
  octree.level.resize(levels);
  for (int l = 0; l < levels; ++l) {
    OctreeLevel& level = octree.level[l];
    level.key = at::empty({0}, int32.dtype(at::kLong));
    level.point = at::zeros({1}, int32);
    if (l > 0) level.child = at::zeros({1}, int32);
    if (l + 1 < levels) level.parent = at::empty({0}, int32);
  }
  return octree;
}

}  // namespace

Octree build_octree_by_scans(const at::Tensor& points, const Grid& grid, int levels) {
  check_tree(grid, levels);
  const at::Tensor packed = points.contiguous();
  const std::int64_t size = packed.size(0);
  const auto device = packed.device();
  const auto int32 = at::TensorOptions().device(device).dtype(at::kInt);
  if (size == 0) return without_points(grid, levels, int32);

  const auto [sorted, order] = sorted_keys(packed, grid);
  const at::Tensor mark = at::empty({size}, int32);
  const TreeKeys keys{grid.branching};
  parallel_for(device, size, MarkLevels{keys, in(sorted), levels, out(mark)});
  const Sizes sizes = wait_for_sizes(packed, mark, levels);
  check_extent(sizes.bounds, grid);

  Octree octree;
  octree.grid = grid;
  octree.order = at::empty({size}, int32);
  octree.leaf = at::empty({size}, int32);
  octree.level.resize(levels);
  WriteLevel body{};
  body.keys = keys;
  body.points = size;
  body.sorted = in(sorted);
  body.mark = in(mark);
  body.order = in(order);
  body.order_of_points = out(octree.order);
  body.leaf = out(octree.leaf);
  at::Tensor finer;
  for (int l = 0; l < levels; ++l) {
    OctreeLevel& level = octree.level[l];
    body.level = l;
    body.cells = sizes.cells[l];
    level.key = at::empty({body.cells}, int32.dtype(at::kLong));
    level.point = at::empty({body.cells + 1}, int32);
    body.key = out(level.key);
    body.point = out(level.point);
    if (l > 0) {
      OctreeLevel& below = octree.level[l - 1];
      level.child = at::empty({body.cells + 1}, int32);
      below.parent = at::empty({body.finer_cells}, int32);
      body.child = out(level.child);
      body.parent_of_finer = out(below.parent);
    }
    const at::Tensor number = mark.gt(l).cumsum(0, at::kInt);
    body.number = in(number);
    parallel_for(device, size, body);
    finer = number;
    body.finer = body.number;
    body.finer_cells = body.cells;
  }
  return octree;
}

at::Tensor morton_order(const at::Tensor& points, const Grid& grid) {
  if (points.is_cpu()) return build_octree(points, grid, 1).order;
  check_tree(grid, 1);
  return sorted_keys(points.contiguous(), grid).second.to(at::kInt);
}

}  // namespace treewalk
