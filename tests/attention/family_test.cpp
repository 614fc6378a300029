// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/family.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace treewalk {
namespace {

Csr csr_of(const std::vector<std::vector<int>>& rows, std::int64_t columns) {
  std::vector<int> offset{0}, column;
  for (const auto& row : rows) {
    column.insert(column.end(), row.begin(), row.end());
    offset.push_back(static_cast<int>(column.size()));
  }
  return {at::tensor(offset, at::kInt), at::tensor(column, at::kInt), columns};
}

/// A hierarchy from the parents of each level's nodes; siblings are the other nodes given.
Hierarchy hierarchy_of(const std::vector<std::vector<int>>& parents, int top,
                       const std::vector<std::vector<std::vector<int>>>& siblings) {
  Hierarchy h;
  h.first = {0};
  std::vector<int> sizes;
  for (const auto& level : parents) sizes.push_back(static_cast<int>(level.size()));
  sizes.push_back(top);
  for (std::size_t level = 0; level < sizes.size(); ++level) {
    h.first.push_back(h.first.back() + sizes[level]);
    h.siblings.push_back(csr_of(siblings[level], sizes[level]));
    if (level == 0) {
      h.children.emplace_back();
    } else {
      std::vector<std::vector<int>> children(sizes[level]);
      for (int u = 0; u < sizes[level - 1]; ++u) children[parents[level - 1][u]].push_back(u);
      h.children.push_back(csr_of(children, sizes[level - 1]));
    }
    h.parent.push_back(level < parents.size() ? at::tensor(parents[level], at::kInt) : at::Tensor());
  }
  h.node = at::zeros({h.first.back(), kNodeRecord});
  return h;
}

using Entry = std::pair<int, int>;  // node, relation
using Rows = std::vector<std::vector<Entry>>;

/// Rows by node number, read from the result.
Rows rows_of(const AttentionRows& rows) {
  const auto offset = rows.rows.offset.accessor<int, 1>(), column = rows.rows.column.accessor<int, 1>();
  const auto relation = rows.relation.accessor<std::uint8_t, 1>();
  Rows result(rows.rows.rows());
  for (std::int64_t row = 0; row < rows.rows.rows(); ++row)
    for (int e = offset[row]; e < offset[row + 1]; ++e)
      result[row].push_back({static_cast<int>(rows.first_key) + column[e], relation[e]});
  return result;
}

/// The same, one node at a time from the hierarchy's definition.
Rows naive_rows(const Hierarchy& h, int from, int to, const FamilyChoice& choice) {
  const auto row_of = [](const Csr& csr, int row) {
    const auto begin = csr.offset[row].item<int>(), end = csr.offset[row + 1].item<int>();
    std::vector<int> columns;
    for (int e = begin; e < end; ++e) columns.push_back(csr.column[e].item<int>());
    return columns;
  };
  Rows result;
  for (int level = from; level <= to; ++level) {
    for (int u = 0; u < h.size(level); ++u) {
      std::vector<Entry> row{{static_cast<int>(h.first[level]) + u, kSelf}};
      if (choice.siblings)
        for (const int v : row_of(h.siblings[level], u))
          row.push_back({static_cast<int>(h.first[level]) + v, kSibling});
      if (choice.children && level > 0)
        for (const int v : row_of(h.children[level], u))
          row.push_back({static_cast<int>(h.first[level - 1]) + v, kChild});
      int ancestor = u;
      for (int up = 1; up <= choice.ancestors && level + up < h.levels(); ++up) {
        ancestor = h.parent[level + up - 1][ancestor].item<int>();
        row.push_back({static_cast<int>(h.first[level + up]) + ancestor, kParent + up - 1});
      }
      result.push_back(row);
    }
  }
  return result;
}

/// Leaves 0..4 with parents a, a, b, b, b; a and b with root r: nodes 0..4, 5, 6, 7.
Hierarchy small() {
  return hierarchy_of({{0, 0, 1, 1, 1}, {0, 0}}, 1, {{{1}, {0, 2}, {3}, {2, 4}, {3}}, {{1}, {0}}, {{}}});
}

TEST(Family, MatchesASmallHierarchyWrittenOut) {
  const AttentionRows rows = family_rows(small(), 0, 2, {});
  const Rows expected{{{0, kSelf}, {1, kSibling}, {5, kParent}},
                      {{1, kSelf}, {0, kSibling}, {2, kSibling}, {5, kParent}},
                      {{2, kSelf}, {3, kSibling}, {6, kParent}},
                      {{3, kSelf}, {2, kSibling}, {4, kSibling}, {6, kParent}},
                      {{4, kSelf}, {3, kSibling}, {6, kParent}},
                      {{5, kSelf}, {6, kSibling}, {0, kChild}, {1, kChild}, {7, kParent}},
                      {{6, kSelf}, {5, kSibling}, {2, kChild}, {3, kChild}, {4, kChild}, {7, kParent}},
                      {{7, kSelf}, {5, kChild}, {6, kChild}}};
  EXPECT_EQ(rows_of(rows), expected);
  EXPECT_EQ(rows.rows.columns, 8);
}

TEST(Family, KeysReachFromTheChildrenToTheLastAncestor) {
  const Hierarchy h = small();
  const auto range = [&](int from, int to, FamilyChoice choice) {
    const AttentionRows rows = family_rows(h, from, to, choice);
    return std::vector<std::int64_t>{rows.first_query, rows.rows.rows(), rows.first_key, rows.rows.columns};
  };
  EXPECT_EQ(range(0, 0, {true, true, 0}), (std::vector<std::int64_t>{0, 5, 0, 5}));
  EXPECT_EQ(range(0, 0, {true, true, 1}), (std::vector<std::int64_t>{0, 5, 0, 7}));
  EXPECT_EQ(range(0, 0, {true, true, 9}), (std::vector<std::int64_t>{0, 5, 0, 8}));
  EXPECT_EQ(range(1, 1, {true, false, 1}), (std::vector<std::int64_t>{5, 2, 5, 3}));
  EXPECT_EQ(range(1, 1, {true, true, 0}), (std::vector<std::int64_t>{5, 2, 0, 7}));
  EXPECT_EQ(range(2, 2, {true, true, 1}), (std::vector<std::int64_t>{7, 1, 5, 3}));
}

TEST(Family, EqualsNaiveRowsForEveryChoiceAndRangeOfLevels) {
  std::mt19937 random(4);
  const std::vector<int> sizes{3000, 400, 60, 9, 2};
  std::vector<std::vector<int>> parents;
  std::vector<std::vector<std::vector<int>>> siblings;
  for (std::size_t level = 0; level < sizes.size(); ++level) {
    if (level + 1 < sizes.size()) {
      parents.emplace_back();
      for (int u = 0; u < sizes[level]; ++u) parents.back().push_back(static_cast<int>(random() % sizes[level + 1]));
    }
    siblings.emplace_back(sizes[level]);
    for (auto& row : siblings.back())
      for (unsigned k = random() % 4; k > 0; --k) row.push_back(static_cast<int>(random() % sizes[level]));
  }
  const Hierarchy h = hierarchy_of(parents, sizes.back(), siblings);
  for (const auto& [from, to] : std::vector<std::pair<int, int>>{{0, 4}, {0, 0}, {1, 2}, {4, 4}}) {
    for (const FamilyChoice choice :
         {FamilyChoice{}, FamilyChoice{false, true, 1}, FamilyChoice{true, false, 0}, FamilyChoice{true, true, 2},
          FamilyChoice{false, false, 9}, FamilyChoice{false, false, 0}}) {
      const AttentionRows rows = family_rows(h, from, to, choice);
      EXPECT_EQ(rows_of(rows), naive_rows(h, from, to, choice)) << from << ".." << to;
    }
  }
}

TEST(Family, TransposeNamesEveryEntryOnceByKeyAndRow) {
  const AttentionRows rows = with_transpose(family_rows(small(), 0, 2, {}));
  const auto offset = rows.rows.offset.accessor<int, 1>(), column = rows.rows.column.accessor<int, 1>();
  const auto key_offset = rows.transposed.graph.offset.accessor<int, 1>();
  const auto key_row = rows.transposed.graph.column.accessor<int, 1>(),
             entry = rows.transposed.entry.accessor<int, 1>();
  ASSERT_EQ(rows.transposed.graph.rows(), rows.rows.columns);
  std::vector<int> seen(rows.rows.entries(), 0);
  for (int key = 0; key < rows.rows.columns; ++key) {
    for (int t = key_offset[key]; t < key_offset[key + 1]; ++t) {
      EXPECT_EQ(column[entry[t]], key);
      EXPECT_LE(offset[key_row[t]], entry[t]);
      EXPECT_LT(entry[t], offset[key_row[t] + 1]);
      if (t > key_offset[key]) {
        EXPECT_LT(entry[t - 1], entry[t]);
      }
      ++seen[entry[t]];
    }
  }
  EXPECT_EQ(seen, std::vector<int>(rows.rows.entries(), 1));
}

TEST(Family, RefusesLevelsAndSiblingsThatDoNotExist) {
  Hierarchy h = small();
  EXPECT_THROW(family_rows(h, 1, 3, {}), c10::Error);
  EXPECT_THROW(family_rows(h, 2, 1, {}), c10::Error);
  h.siblings.clear();
  EXPECT_THROW(family_rows(h, 0, 1, {}), c10::Error);
  EXPECT_EQ(family_rows(h, 0, 1, {false, true, 1}).rows.rows(), 7);
}

}  // namespace
}  // namespace treewalk
