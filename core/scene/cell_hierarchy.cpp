// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/cell_hierarchy.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/geometry/knn.h"
#include "core/scene/scene_kernel.h"

namespace treewalk {
namespace {

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

Csr children_of(const Octree& octree, int level) {
  Csr rows;
  rows.offset = octree.level[level].child;
  rows.columns = octree.level[level - 1].size();
  rows.column = at::arange(rows.columns, rows.offset.options());
  return rows;
}

}  // namespace

Hierarchy cell_hierarchy(const Octree& octree) {
  const int levels = octree.levels();
  Hierarchy hierarchy;
  hierarchy.first.assign(1, 0);
  hierarchy.children.resize(levels);
  hierarchy.parent.resize(levels);
  for (int l = 0; l < levels; ++l) {
    hierarchy.first.push_back(hierarchy.first.back() + octree.level[l].size());
    if (l > 0) hierarchy.children[l] = children_of(octree, l);
    if (l + 1 < levels) hierarchy.parent[l] = octree.level[l].parent;
  }
  hierarchy.node = at::empty({hierarchy.first.back(), kNodeRecord}, octree.order.options().dtype(at::kFloat));
  return hierarchy;
}

double side_of_cells(const Grid& grid, int level) { return grid.cell * std::pow(grid.branching, level); }

std::vector<Csr> nearest_siblings_of(const std::vector<at::Tensor>& mean, const Grid& grid, int neighbours,
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
    const double limit = reach * side_of_cells(grid, static_cast<int>(l));
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

}  // namespace treewalk
