// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/mask_graph.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <c10/util/Exception.h>

#include "core/device/parallel.h"
#include "core/geometry/offsets.h"
#include "core/network/mask_graph_kernel.h"
#include "core/network/owners.h"

namespace treewalk {

Csr mask_graph(const Hierarchy& hierarchy, int from, int to, bool tree) {
  const auto numbers = [](const at::Tensor& tensor) { return tensor.const_data_ptr<std::int32_t>(); };
  FamilyLevels levels;
  levels.from = from;
  levels.to = levels.top = to;
  levels.ancestors = tree ? 1 : 0;
  levels.self = false;
  levels.first_key = hierarchy.first[from];
  std::int64_t entries = 0;
  for (int l = from; l <= to; ++l) {
    auto& level = levels.level[l];
    level.first = hierarchy.first[l];
    level.sibling_offset = numbers(hierarchy.siblings[l].offset);
    level.sibling_column = numbers(hierarchy.siblings[l].column);
    entries += hierarchy.siblings[l].entries();
    if (tree && l < to) level.parent = numbers(hierarchy.parent[l]), entries += hierarchy.size(l);
    if (!tree || l == from) continue;
    level.child_offset = numbers(hierarchy.children[l].offset);
    level.child_column = numbers(hierarchy.children[l].column);
    entries += hierarchy.children[l].entries();
  }
  TORCH_CHECK(entries <= INT32_MAX, "masks: a graph of ", entries, " edges is more than 32-bit offsets can count");

  const auto nodes = hierarchy.first[to + 1] - levels.first_key;
  const auto options = hierarchy.node.options().dtype(at::kInt);
  CountFamily count(levels);
  const auto counts = at::empty({nodes}, options);
  count.count = counts.mutable_data_ptr<std::int32_t>();
  parallel_for(options.device(), nodes, count);
  Csr graph{offsets_of(counts), at::empty({entries}, options), nodes};
  FillMaskGraph fill(levels);
  fill.offset = numbers(graph.offset);
  fill.column = graph.column.mutable_data_ptr<std::int32_t>();
  parallel_for(options.device(), nodes, fill);
  return graph;
}

at::Tensor node_names(const std::vector<at::Tensor>& cloud_cell, int from, int to, c10::Device device) {
  constexpr int kLevelBits = 5;
  std::vector<at::Tensor> names;
  for (int l = from; l <= to; ++l) {
    const auto cells = cloud_cell[l].const_data_ptr<int>()[cloud_cell[l].size(0) - 1];
    const auto first = on_device(cloud_cell[l], device);
    const auto place = at::arange(cells, first.options()) - first.index_select(0, owners_of_rows(first, cells).group);
    names.push_back(place * (1 << kLevelBits) + l);
  }
  return at::cat(names);
}

}  // namespace treewalk
