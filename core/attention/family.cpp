// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/family.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <algorithm>

#include "core/attention/family_kernel.h"
#include "core/device/parallel.h"
#include "core/geometry/offsets.h"

namespace treewalk {
namespace {

static_assert(kSelf == 0 && kSibling == 1 && kChild == 2 && kParent == 3, "family_kernel.h writes these numbers");

const std::int32_t* numbers(const at::Tensor& tensor) { return tensor.const_data_ptr<std::int32_t>(); }

/// What family_kernel.h reads, and how many entries that makes: the lists' lengths tell it.
struct Read {
  FamilyLevels levels;
  std::int64_t entries = 0;
};

Read read(const Hierarchy& hierarchy, int from, int to, const FamilyChoice& choice) {
  Read result;
  auto& levels = result.levels;
  levels.from = from;
  levels.to = to;
  levels.ancestors = choice.ancestors;
  levels.top = hierarchy.levels() - 1;
  levels.self = choice.self;
  levels.first_key = hierarchy.first[choice.children && from > 0 ? from - 1 : from];
  for (int l = 0; l < hierarchy.levels(); ++l) {
    auto& level = levels.level[l];
    level.first = hierarchy.first[l];
    if (l >= from && l < levels.highest(to)) level.parent = numbers(hierarchy.parent[l]);
    if (l < from || l > to) continue;
    result.entries += hierarchy.size(l) * ((choice.self ? 1 : 0) + levels.highest(l) - l);
    if (choice.siblings) {
      TORCH_CHECK(l < static_cast<int>(hierarchy.siblings.size()) && hierarchy.siblings[l].offset.defined(),
                  "family_rows: siblings are asked for, but the hierarchy has none at level ", l);
      level.sibling_offset = numbers(hierarchy.siblings[l].offset);
      level.sibling_column = numbers(hierarchy.siblings[l].column);
      result.entries += hierarchy.siblings[l].entries();
    }
    if (choice.children && l > 0) {
      level.child_offset = numbers(hierarchy.children[l].offset);
      level.child_column = numbers(hierarchy.children[l].column);
      result.entries += hierarchy.children[l].entries();
    }
  }
  return result;
}

}  // namespace

AttentionRows with_transpose(AttentionRows rows) {
  rows.transposed = transpose(rows.rows);
  return rows;
}

AttentionRows family_rows(const Hierarchy& hierarchy, int from, int to, const FamilyChoice& choice) {
  TORCH_CHECK(0 <= from && from <= to && to < hierarchy.levels(), "family_rows: levels ", from, " to ", to,
              " do not lie in a hierarchy of ", hierarchy.levels());
  TORCH_CHECK(hierarchy.levels() <= kMostFamilyLevels, "family_rows: a hierarchy has at most ", kMostFamilyLevels,
              " levels, found ", hierarchy.levels());
  TORCH_CHECK(choice.ancestors >= 0 && choice.ancestors < 250, "family_rows: ", choice.ancestors,
              " levels of ancestors cannot be told apart by a relation of one byte");
  const auto [levels, entries] = read(hierarchy, from, to, choice);
  TORCH_CHECK(entries <= INT32_MAX, "family_rows: ", entries, " entries are more than 32-bit offsets can count");

  AttentionRows result;
  result.first_query = hierarchy.first[from];
  result.first_key = levels.first_key;
  result.rows.columns = hierarchy.first[levels.highest(to) + 1] - result.first_key;
  const std::int64_t queries = hierarchy.first[to + 1] - result.first_query;
  const auto options = hierarchy.node.options().dtype(at::kInt);
  const auto device = options.device();

  CountFamily count(levels);
  const auto counts = at::empty({queries}, options);
  count.count = counts.mutable_data_ptr<std::int32_t>();
  parallel_for(device, queries, count);

  result.rows.offset = offsets_of(counts);
  result.rows.column = at::empty({entries}, options);
  result.relation = at::empty({entries}, options.dtype(at::kByte));
  FillFamily fill(levels);
  fill.offset = numbers(result.rows.offset);
  fill.column = result.rows.column.mutable_data_ptr<std::int32_t>();
  fill.relation = result.relation.mutable_data_ptr<std::uint8_t>();
  parallel_for(device, queries, fill);
  return result;
}

}  // namespace treewalk
