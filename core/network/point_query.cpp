// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/point_query.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/diff.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>

#include <utility>

#include "core/attention/family.h"
#include "core/attention/offsets.h"
#include "core/device/parallel.h"
#include "core/network/owners.h"
#include "core/network/point_rows_kernel.h"

namespace treewalk {

void attend_to_leaves(const Scene& scene, bool with_transposes, PointQuery& query) {
  FamilyChoice around;
  around.children = false;
  around.ancestors = scene.hierarchy.levels() - 1;
  const auto leaf_rows = family_rows(scene.hierarchy, 0, 0, around);
  const auto leaf = owners_of_places(scene.octree.level[0].point, query.place).group;
  const auto count = query.place.size(0), nodes = scene.hierarchy.first.back();
  auto& rows = query.rows;
  rows.first_query = nodes;
  rows.first_key = 0;
  rows.rows.columns = nodes;
  const auto &first = leaf_rows.rows.offset, lengths = first.diff();
  rows.rows.offset = offsets_of(lengths.index_select(0, leaf));
  const auto entries = count > 0 ? rows.rows.offset[count].item<int>() : 0;
  rows.rows.column = at::empty({entries}, leaf.options());
  rows.relation = at::empty({entries}, leaf_rows.relation.options());
  const auto record = at::empty({count, kNodeRecord}, scene.hierarchy.node.options());
  const auto numbers = [](const at::Tensor& tensor) { return tensor.const_data_ptr<std::int32_t>(); };
  parallel_for_lanes(leaf.device(), count,
                     PointRows{numbers(leaf), numbers(query.place), numbers(first), numbers(leaf_rows.rows.column),
                               leaf_rows.relation.const_data_ptr<std::uint8_t>(), numbers(rows.rows.offset),
                               scene.hierarchy.node.const_data_ptr<float>(), scene.position.const_data_ptr<float>(),
                               rows.rows.column.mutable_data_ptr<std::int32_t>(),
                               rows.relation.mutable_data_ptr<std::uint8_t>(), record.mutable_data_ptr<float>()});
  query.node = at::cat({scene.hierarchy.node, record});
  if (with_transposes) rows = with_transpose(std::move(rows));
}

}  // namespace treewalk
