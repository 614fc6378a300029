// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/own_tree.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>

#include <algorithm>
#include <limits>
#include <string>

#include "core/device/in_out.h"
#include "core/device/tensor_of.h"
#include "core/geometry/clusters.h"
#include "core/geometry/tree_checks.h"

namespace treewalk {
namespace {

Csr rows_of(const std::vector<std::int64_t>& offset, const std::vector<std::int32_t>& column, std::int64_t columns) {
  return {tensor_of<std::int32_t>(offset), tensor_of<std::int32_t>(column), columns};
}

/// The other children of each node's parent.
Csr other_children(const at::Tensor& parents, const Csr& children) {
  const std::int32_t *parent = in(parents), *first = in(children.offset), *child = in(children.column);
  std::int64_t all = 0;
  for (std::int64_t p = 0; p < children.rows(); ++p) {
    const std::int64_t own = first[p + 1] - first[p];
    all += own * (own - 1);
  }
  if (all > std::numeric_limits<std::int32_t>::max())
    throw Error("tree: its nodes have " + std::to_string(all) +
                " siblings, more than 2^31 - 1; give siblings of your own");
  std::vector<std::int64_t> offset{0};
  std::vector<std::int32_t> column;
  column.reserve(static_cast<std::size_t>(all));
  for (std::int64_t u = 0; u < parents.size(0); ++u) {
    for (auto i = first[parent[u]]; i < first[parent[u] + 1]; ++i)
      if (child[i] != u) column.push_back(child[i]);
    offset.push_back(static_cast<std::int64_t>(column.size()));
  }
  return rows_of(offset, column, parents.size(0));
}

/// The first entries of each row.
Csr first_of_rows(const Csr& rows, std::int64_t most) {
  std::vector<std::int64_t> offset{0};
  std::vector<std::int32_t> column;
  const std::int32_t *first = in(rows.offset), *from = in(rows.column);
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    column.insert(column.end(), from + first[r], from + std::min<std::int64_t>(first[r + 1], first[r] + most));
    offset.push_back(static_cast<std::int64_t>(column.size()));
  }
  return rows_of(offset, column, rows.columns);
}

}  // namespace

Hierarchy hierarchy_of(const nn::Tree& tree, int neighbours) {
  check(tree);
  const auto levels = static_cast<int>(tree.level.size());
  Hierarchy hierarchy;
  hierarchy.first.assign(1, 0);
  for (const auto& level : tree.level) hierarchy.first.push_back(hierarchy.first.back() + level.size);
  hierarchy.children.resize(levels);
  hierarchy.parent.resize(levels);
  for (int l = 0; l + 1 < levels; ++l) {
    hierarchy.parent[l] = tensor_of<std::int32_t>(tree.level[l].parent);
    hierarchy.children[l + 1] = members_of(hierarchy.parent[l], tree.level[l + 1].size);
  }
  auto leaves = at::ones({tree.level[0].size}, at::kLong);
  std::vector<at::Tensor> node;
  for (int l = 0; l < levels; ++l) {
    const auto& level = tree.level[l];
    if (l > 0) leaves = leaves_above(leaves, hierarchy.children[l]);
    node.push_back(level.record.empty() ? records_at_one_place(leaves)
                                        : tensor_of<float>(level.record).view({level.size, kNodeRecord}));
    if (!level.sibling_offset.empty())
      hierarchy.siblings.push_back(rows_of(level.sibling_offset, level.sibling, level.size));
    else if (l + 1 < levels)
      hierarchy.siblings.push_back(other_children(hierarchy.parent[l], hierarchy.children[l + 1]));
    else
      hierarchy.siblings.push_back(rows_of(std::vector<std::int64_t>(level.size + 1, 0), {}, level.size));
    hierarchy.near.push_back(first_of_rows(hierarchy.siblings[l], neighbours));
  }
  hierarchy.node = at::cat(node);
  return hierarchy;
}

Hierarchy sequence_hierarchy(std::int64_t length, int levels, int branch, int siblings) {
  auto hierarchy = hierarchy_of(nn::sequence_tree(length, levels, branch, siblings), 0);
  for (int l = 0; l < levels; ++l) {
    const auto size = hierarchy.size(l);
    std::vector<std::int64_t> offset{0};
    std::vector<std::int32_t> column;
    for (std::int64_t u = 0; u < size; ++u) {
      if (u > 0) column.push_back(static_cast<std::int32_t>(u - 1));
      if (u + 1 < size) column.push_back(static_cast<std::int32_t>(u + 1));
      offset.push_back(static_cast<std::int64_t>(column.size()));
    }
    hierarchy.near[l] = rows_of(offset, column, size);
  }
  return hierarchy;
}

}  // namespace treewalk
