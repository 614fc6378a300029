// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/hierarchy.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/zeros.h>

namespace treewalk {

at::Tensor nodes_above(at::Tensor node, const std::vector<at::Tensor>& parent, int level) {
  for (int l = 0; l < level; ++l) node = parent[l].index_select(0, node);
  return node;
}

at::Tensor leaves_above(const at::Tensor& leaves, const Csr& members) {
  const auto sums = leaves.index_select(0, members.column).cumsum(0, at::kLong);
  const auto until = at::cat({at::zeros({1}, leaves.options()), sums}).index_select(0, members.offset);
  return until.narrow(0, 1, members.rows()) - until.narrow(0, 0, members.rows());
}

at::Tensor records_at_one_place(const at::Tensor& leaves) {
  const auto node = at::zeros({leaves.size(0), kNodeRecord}, leaves.options().dtype(at::kFloat));
  node.select(1, 3).fill_(1);
  node.select(1, 7).copy_(leaves);
  return node;
}

}  // namespace treewalk
