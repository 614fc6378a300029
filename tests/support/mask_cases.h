// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/attention/linear_attention.h"
#include "core/attention/sparse.h"
#include "core/walks/mask.h"
#include "core/walks/modulation.h"
#include "tests/support/walk_graphs.h"

// Masks of small graphs, and attention under them by its definition.

namespace treewalk::test {

/// By the definition, with a dense mask [heads,n,m].
inline at::Tensor dense_attention(const LinearInput& in, const at::Tensor& mask) {
  const auto split = [&](const at::Tensor& x) { return x.view({x.size(0), in.heads, -1}).transpose(0, 1); };
  auto product = split(in.query).matmul(split(in.key).transpose(1, 2));
  if (in.exponential) {  // over the entries alone, by the largest of them
    const auto peak = product.masked_fill(mask == 0, -INFINITY).amax(2, true);
    product = (product - peak.masked_fill(peak == -INFINITY, 0)).exp();
  }
  const auto weight = mask * product;
  const auto sum = weight.sum(2, true);
  const auto out = weight.matmul(split(in.value)) / (in.exponential ? sum.masked_fill(sum == 0, 1) : sum + in.epsilon);
  return out.transpose(0, 1).reshape({in.query.size(0), -1});
}

inline at::Tensor dense_mask(const Csr& rows, const at::Tensor& value, std::int64_t heads) {
  std::vector<at::Tensor> of_head;
  for (std::int64_t h = 0; h < heads; ++h) of_head.push_back(dense(rows, value.select(1, value.size(1) > 1 ? h : 0)));
  return at::stack(of_head);
}

inline LinearInput random_input(std::int64_t nodes, std::int64_t heads, std::int64_t features, std::int64_t width,
                                at::ScalarType type = at::kDouble) {
  LinearInput in;
  in.heads = heads;
  in.query = at::rand({nodes, heads * features}, type) + 0.05;
  in.key = at::rand({nodes, heads * features}, type) + 0.05;
  in.value = at::randn({nodes, heads * width}, type);
  return in;
}

/// Central differences of sum(weight * f(x)) in every number of x.
inline at::Tensor numerical_gradient(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& x,
                                     const at::Tensor& weight) {
  auto gradient = at::empty_like(x), moved = x.clone();
  auto *to = gradient.data_ptr<double>(), *at = moved.data_ptr<double>();
  constexpr double step = 1e-5;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const double before = at[i];
    at[i] = before + step;
    const double above = (f(moved) * weight).sum().item<double>();
    at[i] = before - step;
    const double below = (f(moved) * weight).sum().item<double>();
    at[i] = before;
    to[i] = (above - below) / (2 * step);
  }
  return gradient;
}

struct Masked {
  WalkBasis basis;
  MaskPattern pattern;
  MaskRows phi, product;
};
inline Masked masked(int nodes, bool exact = false) {
  WalkOptions options;
  options.hops = 2;
  options.walkers = exact ? 0 : 5;
  Masked m;
  m.basis = walk_basis(make_walk_graph(csr_of(small_world(nodes, 3)), WalkGraph::symmetric), options);
  m.pattern = product_pattern(m.basis.rows);
  m.phi = with_transpose({m.basis.rows, {}});
  m.product = with_transpose({m.pattern.rows, {}});
  return m;
}

/// W of a graph as values on its own pattern.
inline at::Tensor matrix_values(const WalkGraph& graph) {
  const auto w = dense_matrix(graph);
  auto value = at::empty({graph.rows.entries(), 1}, at::kDouble);
  const auto offset = graph.rows.offset.accessor<int, 1>(), column = graph.rows.column.accessor<int, 1>();
  for (int u = 0; u < graph.rows.rows(); ++u)
    for (int e = offset[u]; e < offset[u + 1]; ++e) value[e][0] = w[u][column[e]];
  return value;
}

/// Under sum_k alpha_k W^k by Horner's rule: no walks, no variance. alpha [H,K+1] or [1,K+1], w [E,1]: W on the pattern
/// of rows.
inline at::Tensor polynomial_attention(const LinearInput& in, const MaskRows& rows, const at::Tensor& w,
                                       const at::Tensor& alpha) {
  const auto by_head = [&](const at::Tensor& x) { return x.view({x.size(0), in.heads, -1}); };
  const auto value = by_head(in.value);
  const auto value_and_one = at::cat({value, at::ones_like(value.narrow(2, 0, 1))}, 2);
  const auto z = by_head(in.key).unsqueeze(3) * value_and_one.unsqueeze(2);  // [n,H,R,D+1]
  const auto term = [&](std::int64_t k) {
    return (z * alpha.select(1, k).view({1, -1, 1, 1})).reshape({z.size(0), -1});
  };
  auto sum = term(alpha.size(1) - 1);
  for (auto k = alpha.size(1) - 2; k >= 0; --k) sum = term(k) + sparse_product(rows, w, sum, in.heads);
  const auto sums = (by_head(in.query).unsqueeze(3) * sum.view(z.sizes())).sum(2);
  const auto width = value.size(2);
  return (sums.narrow(2, 0, width) / (sums.narrow(2, width, 1) + in.epsilon)).reshape({z.size(0), -1});
}

}  // namespace treewalk::test
