// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <limits>

#include "core/attention/attention.h"

namespace treewalk::test {

/// Edge geometry of every entry, [E,6]; x and y are the nodes of its query and its key.
inline at::Tensor edge_geometry_by_tensors(const at::Tensor& node, const at::Tensor& relation_scale,
                                           const at::Tensor& x, const at::Tensor& y, const at::Tensor& relation) {
  const at::Tensor from = node.index_select(0, x), to = node.index_select(0, y);  // [E,8]
  const at::Tensor delta = to.narrow(1, 0, 3) - from.narrow(1, 0, 3);
  const at::Tensor size = from.narrow(1, 3, 1), unit = size * relation_scale.index_select(0, relation).unsqueeze(1);
  const at::Tensor length = delta.square().sum(1, true).sqrt();
  const at::Tensor along = ((to.narrow(1, 4, 3) * delta).sum(1, true) / size).clamp(-4, 4);
  const at::Tensor bend = (to.narrow(1, 4, 3) * from.narrow(1, 4, 3)).sum(1, true) - 1;
  const at::Tensor g = at::cat({delta / unit, length / unit, along, bend}, 1);
  return at::where((x == y).unsqueeze(1), at::zeros_like(g), g);
}

/// attention() in tensor operations: the oracle, and the rival in the benchmark. Stores E x H*D temporaries.
inline AttentionOutput attention_by_tensors(const AttentionInput& in, const AttentionRows& rows) {
  const std::int64_t n = rows.rows.rows(), entries = rows.rows.entries(), h = in.heads, d = in.query.size(1) / h;
  const auto options = in.query.options();
  const at::Tensor offset = rows.rows.offset.to(at::kLong), column = rows.rows.column.to(at::kLong);
  const at::Tensor relation = rows.relation.to(at::kLong);
  const at::Tensor row = at::repeat_interleave(at::arange(n, offset.options()),
                                               offset.narrow(0, 1, n) - offset.narrow(0, 0, n), 0, entries);  // [E]

  const at::Tensor g = edge_geometry_by_tensors(in.node.to(options), in.relation_scale.to(options),
                                                row + rows.first_query, column + rows.first_key, relation)
                           .unsqueeze(1);                                                    // [E,1,6]
  const at::Tensor query = in.query.view({n, h, d}).index_select(0, row);                    // [E,H,D]
  const at::Tensor key = in.key.view({in.key.size(0), h, d}).index_select(0, column);        // [E,H,D]
  const at::Tensor value = in.value.view({in.value.size(0), h, d}).index_select(0, column);  // [E,H,D]
  const at::Tensor position = in.position_query.view({n, h, kEdgeGeometry}).index_select(0, row) +
                              in.relation_slope.view({-1, h, kEdgeGeometry}).index_select(0, relation);  // [E,H,6]
  at::Tensor logit = (query * key).sum(2) / std::sqrt(double(d)) + (position * g).sum(2) +
                     in.relation_bias.index_select(0, relation);  // [E,H]
  if (rows.entry_weight.defined()) logit = logit + rows.entry_weight.log().unsqueeze(1);

  // The softmax does not change when its largest logit is subtracted, so no gradient flows through that.
  const at::Tensor largest = at::full({n, h}, -std::numeric_limits<double>::infinity(), options)
                                 .scatter_reduce(0, row.unsqueeze(1).expand({entries, h}), logit.detach(), "amax");
  const at::Tensor weight = (logit - largest.index_select(0, row)).exp();
  const at::Tensor total = at::zeros({n, h}, options).index_add(0, row, weight);
  const at::Tensor a = (weight / total.index_select(0, row)).unsqueeze(2);  // [E,H,1]
  const at::Tensor output = at::zeros({n, h, d}, options).index_add(0, row, a * value);
  const at::Tensor geometry = at::zeros({n, h, kEdgeGeometry}, options).index_add(0, row, a * g);
  return {output.view({n, h * d}), geometry.view({n, h * kEdgeGeometry})};
}

}  // namespace treewalk::test
