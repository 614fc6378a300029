// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/geometry/octree.h"
#include "core/geometry/octree_kernel.h"
#include "core/geometry/tree_limits.h"

namespace treewalk::test {

template <class T>
std::vector<std::pair<std::int64_t, std::int32_t>> sorted_keys(const T* point, std::int64_t size, const Grid& grid) {
  const double inverse = 1 / grid.cell, cells = most_cells(grid.branching);
  std::vector<std::pair<std::int64_t, std::int32_t>> item(size);
  for (std::int64_t i = 0; i < size; ++i) {
    std::uint64_t cell[3];
    for (int a = 0; a < 3; ++a) {
      const double index = std::floor((static_cast<double>(point[3 * i + a]) - grid.origin[a]) * inverse);
      TORCH_CHECK(index >= 0 && index < cells, "octree: the coordinate ", point[3 * i + a], " on axis ", "xyz"[a],
                  " lies outside the grid of cells of size ", grid.cell, "; use a larger cell");
      cell[a] = static_cast<std::uint64_t>(index);
    }
    const std::uint64_t key = TreeKeys{grid.branching}.encode(cell[0], cell[1], cell[2]);
    item[i] = {static_cast<std::int64_t>(key), static_cast<std::int32_t>(i)};
  }
  std::sort(item.begin(), item.end());  // equal keys keep input order: the index decides
  return item;
}

/// build_octree of any branching, level after level from sorted keys: an oracle.
inline Octree build_wide_tree(const at::Tensor& points, const Grid& grid, int levels) {
  check_tree(grid, levels);
  const auto packed = points.contiguous();
  const auto size = packed.size(0);
  const auto item = packed.scalar_type() == at::kFloat ? sorted_keys(packed.const_data_ptr<float>(), size, grid)
                                                       : sorted_keys(packed.const_data_ptr<double>(), size, grid);
  Octree octree;
  octree.grid = grid;
  octree.level.resize(levels);
  std::vector<std::int32_t> order(size), leaf(size);
  std::vector<std::int64_t> key(size);
  for (std::int64_t i = 0; i < size; ++i) order[i] = item[i].second, key[i] = item[i].first;
  std::vector<std::int32_t> finer_first;  // [cells of the level below + 1]
  for (int l = 0; l < levels; ++l) {
    OctreeLevel& level = octree.level[l];
    const std::int64_t below = l == 0 ? size : octree.level[l - 1].size();
    std::vector<std::int32_t> first, child, parent(below);
    std::vector<std::int64_t> cell_key;
    for (std::int64_t i = 0; i < below; ++i) {
      const std::int64_t k = l == 0 ? key[i] : key[i] / (grid.branching * grid.branching * grid.branching);
      if (cell_key.empty() || cell_key.back() != k) {
        cell_key.push_back(k);
        child.push_back(static_cast<std::int32_t>(i));
        first.push_back(l == 0 ? static_cast<std::int32_t>(i) : finer_first[i]);
      }
      parent[i] = static_cast<std::int32_t>(cell_key.size()) - 1;
    }
    child.push_back(static_cast<std::int32_t>(below));
    first.push_back(static_cast<std::int32_t>(size));
    level.key = at::empty({static_cast<std::int64_t>(cell_key.size())}, at::kLong);
    std::copy(cell_key.begin(), cell_key.end(), level.key.mutable_data_ptr<std::int64_t>());
    level.point = at::tensor(first, at::kInt);
    if (l == 0) {
      for (std::int64_t i = 0; i < size; ++i) leaf[order[i]] = parent[i];
    } else {
      level.child = at::tensor(child, at::kInt);
      octree.level[l - 1].parent = at::tensor(parent, at::kInt);
    }
    key = std::move(cell_key);
    finer_first = std::move(first);
  }
  octree.order = at::tensor(order, at::kInt);
  octree.leaf = at::tensor(leaf, at::kInt);
  return octree;
}

}  // namespace treewalk::test
