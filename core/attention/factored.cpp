// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/factored.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sum.h>

#include <algorithm>
#include <functional>

#include "core/attention/sparse.h"
#include "core/device/tape.h"

namespace treewalk {
namespace {

at::Tensor by_head(const at::Tensor& x, std::int64_t heads) { return x.view({x.size(0), heads, -1}); }

/// [value, 1]: numerators and denominator go through everything together.
at::Tensor value_and_one(const LinearInput& in) {
  const auto value = by_head(in.value, in.heads);
  return at::cat({value, at::ones({value.size(0), in.heads, 1}, value.options())}, 2);
}

at::Tensor quotient(const at::Tensor& sums, const LinearInput& in) {
  const auto width = sums.size(2) - 1;
  return (sums.narrow(2, 0, width) / (sums.narrow(2, width, 1) + in.epsilon)).reshape({sums.size(0), -1});
}

/// sum over chunks of the features c: query_c . mask(key_c (x) [value, 1]), where `mask` maps [n,H*C*(D+1)] to its
/// like.
at::Tensor in_chunks(const LinearInput& in, const at::Tensor& parameter, std::int64_t chunk,
                     const std::function<at::Tensor(const at::Tensor& z, const at::Tensor& parameter)>& mask) {
  TORCH_CHECK(chunk >= 1, "attention: a chunk must have at least 1 feature, got ", chunk);
  const auto query = by_head(in.query, in.heads), key = by_head(in.key, in.heads), value = value_and_one(in);
  const auto work = [mask](const Tensors& x) {
    const auto &q = x[0], &k = x[1], &v = x[2];
    const auto z = k.unsqueeze(3) * v.unsqueeze(2);
    const auto masked = mask(z.reshape({z.size(0), -1}), x[3]).view({q.size(0), q.size(1), q.size(2), v.size(2)});
    return (q.unsqueeze(3) * masked).sum(2);
  };
  at::Tensor sums;
  for (std::int64_t first = 0; first < query.size(2); first += chunk) {
    const auto some = std::min(chunk, query.size(2) - first);
    const auto part = recomputed(work, {query.narrow(2, first, some), key.narrow(2, first, some), value, parameter});
    sums = sums.defined() ? sums + part : part;
  }
  return quotient(sums, in);
}

}  // namespace

at::Tensor factored_attention(const LinearInput& in, const MaskRows& rows, const at::Tensor& phi, std::int64_t chunk) {
  return in_chunks(in, phi, chunk, [rows, heads = in.heads](const at::Tensor& z, const at::Tensor& values) {
    return sparse_product(rows, values, sparse_product(rows, values, z, heads, true), heads);
  });
}

at::Tensor polynomial_attention(const LinearInput& in, const MaskRows& rows, const at::Tensor& w,
                                const at::Tensor& alpha, std::int64_t chunk) {
  TORCH_CHECK(alpha.dim() == 2 && (alpha.size(0) == in.heads || alpha.size(0) == 1) && alpha.size(1) >= 1,
              "polynomial_attention: alpha must be [", in.heads, ",K+1] or [1,K+1], got ", alpha.sizes());
  return in_chunks(in, alpha, chunk, [rows, w, heads = in.heads](const at::Tensor& z, const at::Tensor& coefficient) {
    const auto wide = by_head(z, heads);
    const auto term = [&](std::int64_t k) {
      return (wide * coefficient.select(1, k).view({1, -1, 1})).reshape(z.sizes());
    };
    auto sum = term(coefficient.size(1) - 1);
    for (auto k = coefficient.size(1) - 2; k >= 0; --k) sum = term(k) + sparse_product(rows, w, sum, heads);
    return sum;
  });
}

}  // namespace treewalk
