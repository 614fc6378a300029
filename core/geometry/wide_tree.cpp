// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/wide_tree.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace treewalk {
namespace {

/// Levels whose keys fit 63 bits; the digits above them are one number.
int most_levels(int branching) {
  int levels = 0;
  for (double keys = 1; keys * branching * branching * branching <= 0x1p63; ++levels)
    keys *= static_cast<double>(branching) * branching * branching;
  return levels;
}

std::int64_t key_of(std::int64_t x, std::int64_t y, std::int64_t z, int branching) {
  std::int64_t key = 0;
  std::uint64_t place = 1;  // passes 2^63 after the last digit
  while (x > 0 || y > 0 || z > 0) {
    const std::int64_t digit = x % branching + branching * (y % branching + branching * (z % branching));
    key += static_cast<std::int64_t>(place) * digit;
    place *= static_cast<std::uint64_t>(branching) * branching * branching;
    x /= branching, y /= branching, z /= branching;
  }
  return key;
}

template <class T>
std::vector<std::pair<std::int64_t, std::int32_t>> sorted_keys(const T* point, std::int64_t size, const Grid& grid) {
  const double inverse = 1 / grid.cell, cells = std::pow(grid.branching, most_levels(grid.branching));
  std::vector<std::pair<std::int64_t, std::int32_t>> item(size);
  for (std::int64_t i = 0; i < size; ++i) {
    std::int64_t cell[3];
    for (int a = 0; a < 3; ++a) {
      const double index = std::floor((static_cast<double>(point[3 * i + a]) - grid.origin[a]) * inverse);
      TORCH_CHECK(index >= 0 && index < cells, "octree: the coordinate ", point[3 * i + a], " on axis ", "xyz"[a],
                  " lies outside the grid of cells of size ", grid.cell, "; use a larger cell");
      cell[a] = static_cast<std::int64_t>(index);
    }
    item[i] = {key_of(cell[0], cell[1], cell[2], grid.branching), static_cast<std::int32_t>(i)};
  }
  std::sort(item.begin(), item.end());  // equal keys keep input order: the index decides
  return item;
}

}  // namespace

Octree build_wide_tree(const at::Tensor& points, const Grid& grid, int levels) {
  TORCH_CHECK(grid.branching >= 2 && grid.branching <= 8, "octree: branching must be 2 to 8, got ", grid.branching);
  TORCH_CHECK(levels >= 1 && levels <= most_levels(grid.branching) + 1, "octree: with branching ", grid.branching,
              " levels must be 1 to ", most_levels(grid.branching) + 1, ", got ", levels);
  TORCH_CHECK(grid.cell > 0 && std::isfinite(1 / grid.cell), "octree: the cell size must be positive, got ", grid.cell);
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

}  // namespace treewalk
