// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/cluster_numbers.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "core/device/in_out.h"
#include "core/geometry/octree_part.h"
#include "core/geometry/tree_limits.h"

namespace treewalk {
namespace {

using Cell = std::array<std::int64_t, 3>;

/// The first axis, from z down, on which they differ decides; 0: none does.
int order_of(const Cell& a, const Cell& b) {
  for (const int axis : {2, 1, 0})
    if (a[axis] != b[axis]) return a[axis] < b[axis] ? -1 : 1;
  return 0;
}

/// Whether the first comes first along the curve: by the highest digit in which they differ. No coordinate is negative.
bool comes_first(Cell a, Cell b, std::int64_t branching) {
  int found = 0;
  while (a != b) {
    Cell digit_a{}, digit_b{};
    for (const int axis : {0, 1, 2}) {
      digit_a[axis] = a[axis] % branching, a[axis] /= branching;
      digit_b[axis] = b[axis] % branching, b[axis] /= branching;
    }
    if (const int order = order_of(digit_a, digit_b); order != 0) found = order;
  }
  return found < 0;
}

}  // namespace

void ClusterNumbers::whole(const PointNodes& nodes, const std::vector<std::int32_t>& kept) {
  end_group();
  const auto on_cpu = nodes.node.cpu();
  const std::int32_t* node = in(on_cpu);
  std::vector<std::uint32_t> of_node;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto at = static_cast<std::size_t>(node[i]);
    if (at >= of_node.size()) of_node.resize(at + 1, Clustering::none);
    of_node[at] = 0;
  }
  for (auto& one : of_node)
    if (one != Clustering::none) one = result_.count++;
  for (std::size_t i = 0; i < kept.size(); ++i) result_.cluster[kept[i]] = of_node[node[i]];
}

void ClusterNumbers::part(const PointNodes& nodes, const std::vector<std::int32_t>& kept,
                          const std::vector<std::uint8_t>& own) {
  const auto on_cpu = nodes.node.cpu();
  const std::int32_t* node = in(on_cpu);
  OctreeLevel cells;
  cells.key = nodes.key.cpu();
  branching_ = nodes.grid.branching;
  const auto place = places_of(cells, branching_);
  // Grids of one group have bases that are whole windows apart, within which keys order cells (scene_grid).
  const auto leaves = static_cast<std::int64_t>(std::llround(std::pow(branching_, level_)));
  const auto window =
      std::max<std::int64_t>(static_cast<std::int64_t>(most_cells(branching_) / branching_) / leaves, 1);
  Cell base{};
  for (const int a : {0, 1, 2}) base[a] = nodes.grid.base[a] / leaves;
  std::vector<std::uint32_t> of_node(place.size(), Clustering::none);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (!own[i]) continue;
    auto& number = of_node[node[i]];
    if (number == Clustering::none) {
      number = result_.count + static_cast<std::uint32_t>(cell_.size());
      Named named;
      for (const int a : {0, 1, 2}) {
        const auto first = place[node[i]][a] / window;  // a part may reach beyond the window that it begins in
        named.window[a] = base[a] + first * window;
        named.cell[a] = place[node[i]][a] - first * window;
      }
      cell_.push_back(named);
    }
    result_.cluster[kept[i]] = number;
  }
}

void ClusterNumbers::end_group() {
  if (cell_.empty()) return;
  std::vector<std::uint32_t> order(cell_.size()), number(cell_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const int windows = order_of(cell_[a].window, cell_[b].window);
    return windows != 0 ? windows < 0 : comes_first(cell_[a].cell, cell_[b].cell, branching_);
  });
  const auto first = result_.count;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto &own = cell_[order[i]], &last = cell_[order[i > 0 ? i - 1 : 0]];
    if (i == 0 || own.window != last.window || own.cell != last.cell) ++result_.count;
    number[order[i]] = result_.count - 1;
  }
  for (auto& cluster : result_.cluster)
    if (cluster != Clustering::none && cluster >= first) cluster = number[cluster - first];
  cell_.clear();
}

}  // namespace treewalk
