// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/attention/factored.h"
#include "tests/support/mask_cases.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

TEST(FactoredAttention, AllPathsAgree) {
  const auto m = masked(40);
  at::manual_seed(2);
  for (const std::int64_t heads : {1, 2})
    for (const std::int64_t mask_heads : {std::int64_t{1}, heads}) {
      const auto in = random_input(40, heads, 6, 3);
      const auto phi = modulated(m.basis, at::rand({mask_heads, 3}, at::kDouble) + 0.1);
      const auto expected = masked_attention(in, m.product, mask_product(m.basis.rows, phi, m.pattern));
      for (const std::int64_t chunk : {1, 4, 6, 100})
        EXPECT_LT(difference(factored_attention(in, m.phi, phi, chunk), expected), 1e-12) << chunk;
    }
}

TEST(FactoredAttention, PolynomialsAreThoseOfTheMatrix) {
  const auto graph = make_walk_graph(csr_of(small_world(30, 3)), WalkGraph::symmetric);
  const auto rows = with_transpose(MaskRows{graph.rows, {}});
  at::manual_seed(2);
  const auto in = random_input(30, 2, 5, 3);
  const auto f = at::rand({2, 3}, at::kDouble) + 0.1;
  std::vector<at::Tensor> mask, alpha;
  for (int h = 0; h < 2; ++h) {
    const auto of_head = f[h].contiguous();
    const std::vector<double> one(of_head.data_ptr<double>(), of_head.data_ptr<double>() + 3);
    const auto phi = polynomial(dense_matrix(graph), one);
    mask.push_back(phi.matmul(phi.t()));
    alpha.push_back(f_of(convolved(one)));
  }
  const auto expected = dense_attention(in, at::stack(mask));
  EXPECT_LT(difference(polynomial_attention(in, rows, matrix_values(graph), at::cat(alpha)), expected), 1e-12);
  // The exact basis under Phi Phi^T is the same mask.
  WalkOptions options;
  options.walkers = 0;
  options.hops = 2;
  const auto basis = walk_basis(graph, options);
  const auto pattern = product_pattern(basis.rows);
  EXPECT_LT(difference(masked_attention(in, {pattern.rows, {}}, mask_product(basis.rows, modulated(basis, f), pattern)),
                       expected),
            1e-12);
}

TEST(FactoredAttention, GradientsAreThoseOfTheOtherPaths) {
  const auto m = masked(20);
  const auto graph = make_walk_graph(csr_of(small_world(20, 3)), WalkGraph::symmetric);
  const auto rows = with_transpose(MaskRows{graph.rows, {}});
  const auto w = matrix_values(graph);
  at::manual_seed(4);
  const auto in = random_input(20, 2, 4, 3);
  const auto weight = at::randn({20, 6}, at::kDouble);
  const auto gradients = [&](const at::Tensor& parameter, const auto& run) {
    std::vector<at::Tensor> leaves;
    for (const auto& x : {in.query, in.key, in.value, parameter}) leaves.push_back(x.clone().requires_grad_(true));
    (run(LinearInput{leaves[0], leaves[1], leaves[2], 2, 0}, leaves[3]) * weight).sum().backward();
    std::vector<at::Tensor> found;
    for (const auto& leaf : leaves) found.push_back(leaf.grad());
    return found;
  };
  const auto f = at::rand({2, 3}, at::kDouble) + 0.1;
  const auto product = gradients(f, [&](const LinearInput& x, const at::Tensor& p) {
    return masked_attention(x, m.product, mask_product(m.basis.rows, modulated(m.basis, p), m.pattern));
  });
  const auto factored = gradients(f, [&](const LinearInput& x, const at::Tensor& p) {
    return factored_attention(x, m.phi, modulated(m.basis, p), 3);
  });
  for (int i = 0; i < 4; ++i) EXPECT_LT(difference(product[i], factored[i]), 1e-12) << i;

  const auto alpha = at::rand({1, 4}, at::kDouble) + 0.1;
  const auto power = [&](int k) {
    auto p = at::eye(20, at::kDouble);
    for (int t = 0; t < k; ++t) p = p.matmul(dense_matrix(graph));
    return p;
  };
  const auto dense = gradients(alpha, [&](const LinearInput& x, const at::Tensor& p) {
    auto mask = power(0) * p[0][0];
    for (int k = 1; k < 4; ++k) mask = mask + power(k) * p[0][k];
    return dense_attention(x, mask.unsqueeze(0).expand({2, 20, 20}));
  });
  const auto horner =
      gradients(alpha, [&](const LinearInput& x, const at::Tensor& p) { return polynomial_attention(x, rows, w, p); });
  for (int i = 0; i < 4; ++i) EXPECT_LT(difference(dense[i], horner[i]), 1e-12) << i;
}

}  // namespace
