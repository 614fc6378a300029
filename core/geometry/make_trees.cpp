// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <limits>
#include <string>

#include "core/geometry/node_record.h"
#include "core/geometry/tree_checks.h"
#include "treewalk/nn/tree.h"

namespace treewalk::nn {
namespace {

constexpr std::int32_t kUnknown = -1;

/// How many levels lie below each node. Throws Error for parents that make no tree.
std::vector<std::int32_t> heights(const std::vector<std::int32_t>& parent) {
  const auto nodes = static_cast<std::int64_t>(parent.size());
  std::vector<std::int32_t> waiting(nodes, 0), height(nodes, 0), ready;
  for (std::int64_t u = 0; u < nodes; ++u) {
    if (parent[u] < -1 || parent[u] >= nodes)
      throw Error("tree: node " + std::to_string(u) + " has the parent " + std::to_string(parent[u]) + ", but there " +
                  "are " + std::to_string(nodes) + " nodes, counted from 0, and -1 stands for none");
    if (parent[u] >= 0) ++waiting[parent[u]];
  }
  for (std::int64_t u = 0; u < nodes; ++u)
    if (waiting[u] == 0) ready.push_back(static_cast<std::int32_t>(u));
  for (std::size_t i = 0; i < ready.size(); ++i) {
    const auto above = parent[ready[i]];
    if (above < 0) continue;
    height[above] = std::max(height[above], height[ready[i]] + 1);
    if (--waiting[above] == 0) ready.push_back(above);
  }
  if (ready.size() == parent.size()) return height;
  auto u = std::find_if(waiting.begin(), waiting.end(), [](auto left) { return left > 0; }) - waiting.begin();
  for (std::int64_t i = 0; i < nodes; ++i) u = parent[u];  // from wherever, into the cycle
  for (std::int64_t v = parent[u], end = u; v != end; v = parent[v]) u = std::min(u, v);
  std::string way = std::to_string(u);
  std::int64_t v = parent[u], shown = 1;
  for (; v != u && shown < 8; v = parent[v], ++shown) way += " -> " + std::to_string(v);
  throw Error("tree: node " + std::to_string(u) + " is its own ancestor: " + way + (v == u ? " -> " : " -> ... -> ") +
              std::to_string(u));
}

}  // namespace

Tree tree_of_parents(const std::vector<std::int32_t>& parent) {
  if (parent.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    throw Error("tree: more than 2^31 - 1 nodes");
  const auto height = heights(parent);
  const auto last = height.empty() ? 0 : *std::max_element(height.begin(), height.end());
  if (last >= kMostTreeLevels)
    throw Error("tree: there are " + std::to_string(last + 1) + " levels, but may be " +
                std::to_string(kMostTreeLevels) + " at most");
  Tree tree;
  tree.level.resize(last + 1);
  // A node stands at its height, and on every level from there to below its parent.
  for (std::int32_t l = 0; l <= last; ++l)
    for (std::size_t u = 0; u < parent.size(); ++u)
      if (height[u] <= l && (parent[u] < 0 || l < height[parent[u]]))
        tree.level[l].name.push_back(static_cast<std::int32_t>(u));
  std::vector<std::int32_t> place(parent.size(), kUnknown);
  for (std::int32_t l = last; l >= 0; --l) {
    auto& level = tree.level[l];
    level.size = static_cast<std::int64_t>(level.name.size());
    if (l < last)
      for (const auto u : level.name) level.parent.push_back(place[u] != kUnknown ? place[u] : place[parent[u]]);
    std::fill(place.begin(), place.end(), kUnknown);
    for (std::size_t i = 0; i < level.name.size(); ++i) place[level.name[i]] = static_cast<std::int32_t>(i);
  }
  return tree;
}

Tree sequence_tree(std::int64_t length, int levels, int branch, int siblings) {
  if (length < 0 || length > (1 << 24))
    throw Error("sequence: the length must be 0 to 2^24, but is " + std::to_string(length));
  if (levels < 1 || levels > kMostTreeLevels)
    throw Error("sequence: there must be 1 to " + std::to_string(kMostTreeLevels) + " levels, found " +
                std::to_string(levels));
  if (branch < 2 || branch > 1024)
    throw Error("sequence: a node must have 2 to 1024 children, found " + std::to_string(branch));
  if (siblings < 0 || siblings > 64)
    throw Error("sequence: a node may have 0 to 64 siblings, found " + std::to_string(siblings));
  Tree tree;
  double size = 1;
  constexpr double kLargest = 1e30;  // far beyond all lengths, and a float
  for (int l = 0; l < levels; ++l, size = std::min(size * branch, kLargest)) {
    TreeLevel level;
    level.size = l == 0 ? length : (tree.level.back().size + branch - 1) / branch;
    for (std::int64_t u = 0; u < level.size; ++u) {
      const double begin = static_cast<double>(u) * size;
      const double end = std::min(begin + size, static_cast<double>(length));
      const double record[kNodeRecord] = {(begin + end - 1) / 2, 0, 0, size, 0, 0, 0, end - begin};
      level.record.insert(level.record.end(), record, record + kNodeRecord);
      if (l + 1 < levels) level.parent.push_back(static_cast<std::int32_t>(u / branch));
    }
    level.sibling_offset.push_back(0);
    for (std::int64_t u = 0; u < level.size; ++u) {
      const auto first = level.sibling.size();
      for (std::int64_t d = 1; d < level.size && level.sibling.size() - first < static_cast<std::size_t>(siblings); ++d)
        for (const auto v : {u - d, u + d})
          if (v >= 0 && v < level.size && level.sibling.size() - first < static_cast<std::size_t>(siblings))
            level.sibling.push_back(static_cast<std::int32_t>(v));
      level.sibling_offset.push_back(static_cast<std::int64_t>(level.sibling.size()));
    }
    tree.level.push_back(std::move(level));
  }
  return tree;
}

}  // namespace treewalk::nn
