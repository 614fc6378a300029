// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/family.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <vector>

#include "core/device/parallel.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1024;  // rows a task fills

/// One level of queries as raw pointers; a relation that is not asked for, or absent at this level, is null.
struct Level {
  std::int64_t nodes = 0;
  std::int32_t self = 0, siblings = 0, children = 0;  ///< column of the first node of the level they are in
  const std::int32_t *sibling_offset = nullptr, *sibling_column = nullptr;
  const std::int32_t *child_offset = nullptr, *child_column = nullptr;
  struct Ancestor {
    const std::int32_t* parent;  ///< of the nodes of the level below it
    std::int32_t first;          ///< column of that level's first node
  };
  std::vector<Ancestor> ancestors;  ///< nearest first
  bool with_self = true;
};

Level level_of(const Hierarchy& hierarchy, int level, std::int64_t first_key, const FamilyChoice& choice) {
  const auto column_of = [&](int l) { return static_cast<std::int32_t>(hierarchy.first[l] - first_key); };
  Level result;
  result.nodes = hierarchy.size(level);
  result.with_self = choice.self;
  result.self = result.siblings = column_of(level);
  if (choice.siblings) {
    TORCH_CHECK(level < static_cast<int>(hierarchy.siblings.size()) && hierarchy.siblings[level].offset.defined(),
                "family_rows: siblings are asked for, but the hierarchy has none at level ", level);
    result.sibling_offset = hierarchy.siblings[level].offset.const_data_ptr<std::int32_t>();
    result.sibling_column = hierarchy.siblings[level].column.const_data_ptr<std::int32_t>();
  }
  if (choice.children && level > 0) {
    result.children = column_of(level - 1);
    result.child_offset = hierarchy.children[level].offset.const_data_ptr<std::int32_t>();
    result.child_column = hierarchy.children[level].column.const_data_ptr<std::int32_t>();
  }
  const int highest = std::min(level + choice.ancestors, hierarchy.levels() - 1);
  for (int l = level; l < highest; ++l)
    result.ancestors.push_back({hierarchy.parent[l].const_data_ptr<std::int32_t>(), column_of(l + 1)});
  return result;
}

std::int32_t entries_of(const Level& level, std::int64_t node) {
  std::int32_t entries = (level.with_self ? 1 : 0) + static_cast<std::int32_t>(level.ancestors.size());
  if (level.sibling_offset) entries += level.sibling_offset[node + 1] - level.sibling_offset[node];
  if (level.child_offset) entries += level.child_offset[node + 1] - level.child_offset[node];
  return entries;
}

void fill_row(const Level& level, std::int64_t node, std::int32_t* column, std::uint8_t* relation) {
  const auto put = [&](std::int32_t key, int of) {
    *column++ = key;
    *relation++ = static_cast<std::uint8_t>(of);
  };
  if (level.with_self) put(level.self + static_cast<std::int32_t>(node), kSelf);
  if (level.sibling_offset)
    for (auto e = level.sibling_offset[node]; e < level.sibling_offset[node + 1]; ++e)
      put(level.siblings + level.sibling_column[e], kSibling);
  if (level.child_offset)
    for (auto e = level.child_offset[node]; e < level.child_offset[node + 1]; ++e)
      put(level.children + level.child_column[e], kChild);
  auto ancestor = static_cast<std::int32_t>(node);
  int relation_of = kParent;
  for (const auto& step : level.ancestors) {
    ancestor = step.parent[ancestor];
    put(step.first + ancestor, relation_of++);
  }
}

}  // namespace

AttentionRows with_transpose(AttentionRows rows) {
  rows.transposed = transpose(rows.rows);
  return rows;
}

AttentionRows family_rows(const Hierarchy& hierarchy, int from, int to, const FamilyChoice& choice) {
  TORCH_CHECK(0 <= from && from <= to && to < hierarchy.levels(), "family_rows: levels ", from, " to ", to,
              " do not lie in a hierarchy of ", hierarchy.levels());
  TORCH_CHECK(choice.ancestors >= 0 && choice.ancestors < 250, "family_rows: ", choice.ancestors,
              " levels of ancestors cannot be told apart by a relation of one byte");
  const int lowest = choice.children && from > 0 ? from - 1 : from;
  const int highest = std::min(to + choice.ancestors, hierarchy.levels() - 1);

  AttentionRows result;
  result.first_query = hierarchy.first[from];
  result.first_key = hierarchy.first[lowest];
  result.rows.columns = hierarchy.first[highest + 1] - result.first_key;
  const std::int64_t queries = hierarchy.first[to + 1] - result.first_query;

  std::vector<Level> levels;
  for (int level = from; level <= to; ++level) levels.push_back(level_of(hierarchy, level, result.first_key, choice));

  result.rows.offset = at::empty({queries + 1}, at::kInt);
  auto* offset = result.rows.offset.mutable_data_ptr<std::int32_t>();
  std::int64_t row = 0, entries = 0;
  for (const Level& level : levels) {
    for (std::int64_t node = 0; node < level.nodes; ++node) {
      offset[row++] = static_cast<std::int32_t>(entries);
      entries += entries_of(level, node);
    }
  }
  TORCH_CHECK(entries <= INT32_MAX, "family_rows: ", entries, " entries are more than 32-bit offsets can count");
  offset[row] = static_cast<std::int32_t>(entries);

  result.rows.column = at::empty({entries}, at::kInt);
  result.relation = at::empty({entries}, at::kByte);
  auto* column = result.rows.column.mutable_data_ptr<std::int32_t>();
  auto* relation = result.relation.mutable_data_ptr<std::uint8_t>();
  std::int64_t first_row = 0;
  for (const Level& level : levels) {
    parallel_pieces(level.nodes, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      for (std::int64_t node = begin; node < end; ++node) {
        const std::int32_t first = offset[first_row + node];
        fill_row(level, node, column + first, relation + first);
      }
    });
    first_row += level.nodes;
  }
  return result;
}

}  // namespace treewalk
