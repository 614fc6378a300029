// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/factored.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sum.h>

#include <algorithm>

#include "core/attention/sparse.h"
#include "core/device/tape.h"

namespace treewalk {
namespace {

at::Tensor by_head(const at::Tensor& x, std::int64_t heads) { return x.view({x.size(0), heads, -1}); }

}  // namespace

at::Tensor factored_attention(const LinearInput& in, const MaskRows& rows, const at::Tensor& phi, std::int64_t chunk) {
  TORCH_CHECK(chunk >= 1, "attention: a chunk must have at least 1 feature, got ", chunk);
  const auto query = by_head(in.query, in.heads), key = by_head(in.key, in.heads), value = by_head(in.value, in.heads);
  const auto width = value.size(2);
  // Numerators and denominator go through everything together.
  const auto value_and_one = at::cat({value, at::ones({value.size(0), in.heads, 1}, value.options())}, 2);
  const auto of_chunk = [rows, heads = in.heads](const Tensors& x) {
    const auto &q = x[0], &k = x[1], &v = x[2], &values = x[3];
    const auto z = (k.unsqueeze(3) * v.unsqueeze(2)).reshape({k.size(0), -1});
    const auto masked = sparse_product(rows, values, sparse_product(rows, values, z, heads, true), heads);
    return (q.unsqueeze(3) * masked.view({q.size(0), q.size(1), q.size(2), v.size(2)})).sum(2);
  };
  at::Tensor sums;
  for (std::int64_t first = 0; first < query.size(2); first += chunk) {
    const auto some = std::min(chunk, query.size(2) - first);
    const auto part =
        recomputed(of_chunk, {query.narrow(2, first, some), key.narrow(2, first, some), value_and_one, phi});
    sums = sums.defined() ? sums + part : part;
  }
  return (sums.narrow(2, 0, width) / (sums.narrow(2, width, 1) + in.epsilon)).reshape({sums.size(0), -1});
}

}  // namespace treewalk
