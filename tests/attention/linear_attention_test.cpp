// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "core/attention/factored.h"
#include "core/attention/feature_map.h"
#include "core/attention/global.h"
#include "core/attention/linear.h"
#include "core/attention/linear_kernel.h"
#include "core/device/cpu.h"
#include "core/device/parallel.h"
#include "core/device/threads.h"
#include "core/walks/mask.h"
#include "core/walks/mask_kernel.h"
#include "core/walks/modulation.h"
#include "tests/support/host_warp.h"
#include "tests/support/walk_graphs.h"
#include "treewalk/masked_attention.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

/// By the definition, with a dense mask [heads,n,m].
at::Tensor dense_attention(const LinearInput& in, const at::Tensor& mask) {
  const auto split = [&](const at::Tensor& x) { return x.view({x.size(0), in.heads, -1}).transpose(0, 1); };
  auto product = split(in.query).matmul(split(in.key).transpose(1, 2));
  if (in.exponential) {  // over the entries alone, by the largest of them
    const auto peak = product.masked_fill(mask == 0, -INFINITY).amax(2, true);
    product = (product - peak.masked_fill(peak == -INFINITY, 0)).exp();
  }
  const auto weight = mask * product;
  const auto out = weight.matmul(split(in.value)) / (weight.sum(2, true) + in.epsilon);
  return out.transpose(0, 1).reshape({in.query.size(0), -1});
}

at::Tensor dense_mask(const Csr& rows, const at::Tensor& value, std::int64_t heads) {
  std::vector<at::Tensor> of_head;
  for (std::int64_t h = 0; h < heads; ++h) of_head.push_back(dense(rows, value.select(1, value.size(1) > 1 ? h : 0)));
  return at::stack(of_head);
}

LinearInput random_input(std::int64_t nodes, std::int64_t heads, std::int64_t features, std::int64_t width,
                         at::ScalarType type = at::kDouble) {
  LinearInput in;
  in.heads = heads;
  in.query = at::rand({nodes, heads * features}, type) + 0.05;
  in.key = at::rand({nodes, heads * features}, type) + 0.05;
  in.value = at::randn({nodes, heads * width}, type);
  return in;
}

/// Central differences of sum(weight * f(x)) in every number of x.
at::Tensor numerical_gradient(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& x,
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
Masked masked(int nodes, bool exact = false) {
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

/// The golden example: features and values on a path of three nodes under Phi Phi^T.
TEST(LinearAttention, GoldenExample) {
  WalkOptions options;
  options.walkers = 0;
  options.hops = 2;
  const auto basis = walk_basis(make_walk_graph(csr_of(path(3)), WalkGraph::symmetric), options);
  const auto phi = modulated(basis, f_of({1, .5, .25}));
  const auto pattern = product_pattern(basis.rows);
  LinearInput in;
  in.epsilon = 0;
  in.query = at::tensor({1., 2., .5, 1., 2., .25}, at::kDouble).view({3, 2});
  in.key = at::tensor({1., .5, .25, 2., 1., 1.}, at::kDouble).view({3, 2});
  in.value = at::tensor({1., 0., 0., 1., 1., 1.}, at::kDouble).view({3, 2});
  const auto out = masked_attention(in, {pattern.rows, {}}, mask_product(basis.rows, phi, pattern));
  const auto expected =
      at::tensor({.5176395658, .6388561169, .3645619246, .8541752301, .8200279817, .8242229060}, at::kDouble);
  EXPECT_LT(difference(out.flatten(), expected), 1e-10);
}

TEST(LinearAttention, MaskIsTheProduct) {
  const auto m = masked(40);
  at::manual_seed(3);
  const auto phi = modulated(m.basis, at::rand({2, 3}, at::kDouble));
  const auto mask = mask_product(m.basis.rows, phi, m.pattern);
  m.pattern.rows.check();
  for (int h = 0; h < 2; ++h) {
    const auto d = dense(m.basis.rows, phi.select(1, h));
    EXPECT_LT(difference(dense(m.pattern.rows, mask.select(1, h)), d.matmul(d.t())), 1e-14);
  }
  // The pattern holds nothing that must be zero.
  const auto ones = dense(m.basis.rows, at::ones({m.basis.rows.entries()}, at::kDouble));
  EXPECT_EQ(m.pattern.rows.entries(), ones.matmul(ones.t()).count_nonzero().item<std::int64_t>());
}

/// What devices run, which find a mask's columns by halving.
TEST(LinearAttention, MaskBodiesForDevicesGiveTheSameBits) {
  const auto m = masked(60);
  at::manual_seed(3);
  for (const std::int64_t heads : {1, 3, 4}) {
    auto phi = modulated(m.basis, at::rand({heads, 3}, at::kDouble)).detach().requires_grad_(true);
    const auto mask = mask_product(m.basis.rows, phi, m.pattern);
    const auto gradient = at::randn_like(mask);
    mask.backward(gradient);
    auto found = at::empty_like(mask), found_gradient = at::empty_like(phi);
    MaskArrays<double> a;
    a.offset = m.basis.rows.offset.data_ptr<int>(), a.column = m.basis.rows.column.data_ptr<int>();
    a.node_offset = m.pattern.factor.graph.offset.data_ptr<int>();
    a.row = m.pattern.factor.graph.column.data_ptr<int>(), a.entry = m.pattern.factor.entry.data_ptr<int>();
    a.mask_offset = m.pattern.rows.offset.data_ptr<int>(), a.mask_column = m.pattern.rows.column.data_ptr<int>();
    a.mirror = m.pattern.mirror.data_ptr<int>();
    a.heads = static_cast<int>(heads);
    a.value = phi.data_ptr<double>(), a.mask = found.data_ptr<double>();
    a.mask_gradient = gradient.data_ptr<double>(), a.value_gradient = found_gradient.data_ptr<double>();
    const c10::Device cpu(c10::DeviceType::CPU);
    parallel_for(cpu, 60, MaskProductRow<double>(a));
    parallel_for(cpu, 60, MaskProductGradient<double>(a));
    EXPECT_TRUE(at::equal(found, mask)) << heads;
    EXPECT_TRUE(at::equal(found_gradient, phi.grad())) << heads;
  }
}

TEST(LinearAttention, AnIndependentDiagonalIsThatOfTwoSetsOfWalks) {
  const auto m = masked(40);
  WalkOptions options;
  options.hops = 2;
  options.walkers = 5;
  options.seed = 99;
  const auto other = walk_basis(make_walk_graph(csr_of(small_world(40, 3)), WalkGraph::symmetric), options);
  at::manual_seed(3);
  const auto f = at::rand({2, 3}, at::kDouble) + .1;
  const auto run = [&](const at::Tensor& modulation) {
    const auto phi = modulated(m.basis, modulation);
    return with_diagonal(mask_product(m.basis.rows, phi, m.pattern), m.pattern,
                         row_products(m.basis.rows, phi, other.rows, modulated(other, modulation)));
  };
  const auto mask = run(f), phi = modulated(m.basis, f), phi_other = modulated(other, f);
  for (int h = 0; h < 2; ++h) {
    const auto d = dense(m.basis.rows, phi.select(1, h));
    auto expected = d.matmul(d.t());
    expected.diagonal().copy_((d * dense(other.rows, phi_other.select(1, h))).sum(1));
    EXPECT_LT(difference(dense(m.pattern.rows, mask.select(1, h)), expected), 1e-14);
  }
  const auto weight = at::randn({m.pattern.rows.entries(), 2}, at::kDouble);
  auto leaf = f.clone().requires_grad_(true);
  (run(leaf) * weight).sum().backward();
  const auto expected = numerical_gradient(run, f, weight);
  EXPECT_LT(difference(leaf.grad(), expected) / expected.abs().max().item<double>(), 1e-8);
}

TEST(LinearAttention, EqualsTheDenseForm) {
  const auto m = masked(50);
  at::manual_seed(1);
  for (const std::int64_t heads : {1, 3})
    for (const std::int64_t mask_heads : {std::int64_t{1}, heads}) {
      const auto phi = modulated(m.basis, at::rand({mask_heads, 3}, at::kDouble) + 0.1);
      auto in = random_input(50, heads, 5, 7);
      const auto product = mask_product(m.basis.rows, phi, m.pattern);
      for (const bool exponential : {false, true}) {
        in.exponential = exponential;
        if (exponential) in.query = at::randn({50, heads * 5}, at::kDouble) * 4;
        EXPECT_LT(
            difference(masked_attention(in, m.phi, phi), dense_attention(in, dense_mask(m.basis.rows, phi, heads))),
            1e-13);
        EXPECT_LT(difference(masked_attention(in, m.product, product),
                             dense_attention(in, dense_mask(m.pattern.rows, product, heads))),
                  1e-13);
        const LinearInput single{
            in.query.to(at::kFloat), in.key.to(at::kFloat), in.value.to(at::kFloat), heads, 1e-6, exponential};
        EXPECT_LT(difference(masked_attention(single, m.phi, phi.to(at::kFloat)).to(at::kDouble),
                             masked_attention(in, m.phi, phi)),
                  1e-5);
      }
    }
}

TEST(LinearAttention, TheIdentityReturnsTheValues) {
  WalkOptions options;
  options.hops = 0;
  const auto basis = walk_basis(make_walk_graph(csr_of(small_world(20, 1)), WalkGraph::symmetric), options);
  auto in = random_input(20, 2, 4, 4);
  in.epsilon = 0;
  const auto out = masked_attention(in, {basis.rows, {}}, modulated(basis, at::ones({1, 1}, at::kDouble)));
  EXPECT_LT(difference(out, in.value), 1e-14);
}

/// The public class, by the definition.
TEST(MaskedAttention, IsTheAttentionUnderItsMask) {
  const auto edges = small_world(40, 3);
  KnnGraphArrays graph;
  graph.offset.push_back(0);
  for (const auto& row : edges) {
    graph.column.insert(graph.column.end(), row.begin(), row.end());
    graph.offset.push_back(static_cast<std::int64_t>(graph.column.size()));
  }
  at::manual_seed(2);
  for (const bool symmetric : {false, true}) {
    WalkOptions options;
    options.modulation = {1, 1, 1};
    options.symmetric = symmetric;
    options.walkers = 0;
    const MaskedAttention attention(graph, options);
    const auto w =
        dense_matrix(make_walk_graph(csr_of(edges), symmetric ? WalkGraph::symmetric : WalkGraph::random_walk));
    auto in = random_input(40, 2, 5, 3);
    const auto f = (at::rand({2, 3}, at::kDouble) + .1).requires_grad_(true);
    std::vector<at::Tensor> mask;
    for (int h = 0; h < 2; ++h) {
      const auto one = f[h].detach().contiguous();
      const auto phi = polynomial(w, std::vector<double>(one.data_ptr<double>(), one.data_ptr<double>() + 3));
      mask.push_back(symmetric ? phi.matmul(phi.t()) : phi);
      const auto found = dense({attention.offset(), attention.column(), 40}, attention.mask(f).select(1, h).detach());
      EXPECT_LT(difference(found, mask.back()), 1e-12);
    }
    const auto linear = attention(in.query, in.key, in.value, f, MaskedAttention::linear);
    EXPECT_LT(difference(linear.detach(), dense_attention(in, at::stack(mask))), 1e-12);
    linear.sum().backward();
    EXPECT_TRUE(f.grad().isfinite().all().item<bool>());
    const auto softmax = attention(in.query, in.key, in.value, f.detach());
    in.exponential = true;
    in.query = in.query / std::sqrt(5.0);
    EXPECT_LT(difference(softmax, dense_attention(in, at::stack(mask))), 1e-12);
    EXPECT_THROW(attention(in.query, in.key, in.value, at::ones({3, 3})), Error);
    EXPECT_THROW(attention(in.query, in.key, in.value, at::ones({2, 4}, at::kDouble)), Error);
  }
}

TEST(LinearAttention, RowsWithoutEntriesGiveZeros) {
  const Csr rows{at::tensor({0, 0, 1}, at::kInt), at::tensor({1}, at::kInt), 2};
  auto in = random_input(2, 1, 3, 4);
  for (auto* x : {&in.query, &in.key, &in.value}) x->requires_grad_(true);
  const auto out = masked_attention(in, with_transpose({rows, {}}), at::ones({1, 1}, at::kDouble));
  EXPECT_EQ(out[0].abs().max().item<double>(), 0);
  EXPECT_LT(difference(out[1], in.value[1]), 1e-5);
  out.sum().backward();
  EXPECT_EQ(in.query.grad()[0].abs().max().item<double>(), 0);
  EXPECT_TRUE(in.key.grad().isfinite().all().item<bool>());
}

TEST(LinearAttention, GradientsAreThoseOfFiniteDifferences) {
  const auto m = masked(14);
  at::manual_seed(5);
  const std::int64_t heads = 2;
  const auto in = random_input(14, heads, 3, 4);
  const auto weight = at::randn({14, heads * 4}, at::kDouble);
  for (const auto& [product, exponential] : {std::pair(false, false), {true, false}, {false, true}, {true, true}})
    for (const std::int64_t mask_heads : {std::int64_t{1}, heads}) {
      std::vector<at::Tensor> x{in.query, in.key, in.value, at::rand({mask_heads, 3}, at::kDouble) + 0.2};
      const auto run = [&, through = product, by_exponential = exponential](const std::vector<at::Tensor>& with) {
        const LinearInput input{with[0], with[1], with[2], heads, 0, by_exponential};
        const auto phi = modulated(m.basis, with[3]);
        return through ? masked_attention(input, m.product, mask_product(m.basis.rows, phi, m.pattern))
                       : masked_attention(input, m.phi, phi);
      };
      std::vector<at::Tensor> leaves;
      for (const auto& one : x) leaves.push_back(one.clone().requires_grad_(true));
      (run(leaves) * weight).sum().backward();
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto expected = numerical_gradient(
            [&](const at::Tensor& moved) {
              auto with = x;
              with[i] = moved;
              return run(with);
            },
            x[i], weight);
        EXPECT_LT(difference(leaves[i].grad(), expected) / expected.abs().max().item<double>(), 1e-7) << i;
      }
      // The result does not change when f is scaled, so its gradient has no component along f (epsilon is 0).
      const auto along = (leaves[3].grad() * x[3]).sum(1);
      EXPECT_LT(along.abs().max().item<double>(), 1e-12);
    }
}

TEST(LinearAttention, ThreadsAndLanesDoNotMatter) {
  const auto m = masked(400);
  at::manual_seed(7);
  auto in = random_input(400, 2, 16, 16, at::kFloat);
  const auto f = at::rand({2, 3}, at::kFloat);
  const auto run = [&](int threads) {
    const ThreadCount count(threads);
    std::vector<at::Tensor> leaves;
    for (const auto& x : {in.query, in.key, in.value, f}) leaves.push_back(x.clone().requires_grad_(true));
    const auto phi = modulated(m.basis, leaves[3]);
    const auto out = masked_attention({leaves[0], leaves[1], leaves[2], 2, 1e-6}, m.product,
                                      mask_product(m.basis.rows, phi, m.pattern));
    (out * out).sum().backward();
    std::vector<at::Tensor> all{out.detach()};
    for (const auto& leaf : leaves) all.push_back(leaf.grad());
    return all;
  };
  const auto one = run(1), three = run(3);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], three[i])) << i;
}

/// W of a graph as values on its own pattern.
at::Tensor matrix_values(const WalkGraph& graph) {
  const auto w = dense_matrix(graph);
  auto value = at::empty({graph.rows.entries(), 1}, at::kDouble);
  const auto offset = graph.rows.offset.accessor<int, 1>(), column = graph.rows.column.accessor<int, 1>();
  for (int u = 0; u < graph.rows.rows(); ++u)
    for (int e = offset[u]; e < offset[u + 1]; ++e) value[e][0] = w[u][column[e]];
  return value;
}

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
  EXPECT_LT(difference(polynomial_attention(in, rows, matrix_values(graph), at::cat(alpha), 2), expected), 1e-12);
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
  const auto horner = gradients(
      alpha, [&](const LinearInput& x, const at::Tensor& p) { return polynomial_attention(x, rows, w, p, 3); });
  for (int i = 0; i < 4; ++i) EXPECT_LT(difference(dense[i], horner[i]), 1e-12) << i;
}

TEST(GlobalAttention, IsThatOfAMaskOfOnesInEveryGroup) {
  at::manual_seed(4);
  const auto in = random_input(12, 2, 4, 3);
  const auto first = at::tensor({0, 5, 5, 12}, at::kInt);
  auto mask = at::zeros({12, 12}, at::kDouble);
  mask.narrow(0, 0, 5).narrow(1, 0, 5).fill_(1);
  mask.narrow(0, 5, 7).narrow(1, 5, 7).fill_(1);
  EXPECT_LT(difference(global_attention(in, first), dense_attention(in, mask.unsqueeze(0).expand({2, 12, 12}))), 1e-13);
}

TEST(GlobalAttention, GradientsAreThoseOfTheDenseForm) {
  at::manual_seed(6);
  const auto in = random_input(600, 2, 4, 3);  // more rows than a piece
  const auto first = at::tensor({0, 500, 600}, at::kInt);
  const auto weight = at::randn({600, 6}, at::kDouble);
  auto mask = at::zeros({600, 600}, at::kDouble);
  mask.narrow(0, 0, 500).narrow(1, 0, 500).fill_(1);
  mask.narrow(0, 500, 100).narrow(1, 500, 100).fill_(1);
  const auto gradients = [&](const auto& run) {
    std::vector<at::Tensor> leaves;
    for (const auto& x : {in.query, in.key, in.value}) leaves.push_back(x.clone().requires_grad_(true));
    (run(LinearInput{leaves[0], leaves[1], leaves[2], 2, 1e-6}) * weight).sum().backward();
    return std::vector<at::Tensor>{leaves[0].grad(), leaves[1].grad(), leaves[2].grad()};
  };
  const auto expected = gradients([&](const LinearInput& x) {
    return dense_attention(x, mask.unsqueeze(0).expand({2, 600, 600}));
  });
  const auto found = gradients([&](const LinearInput& x) { return global_attention(x, first); });
  for (int i = 0; i < 3; ++i) EXPECT_LT(difference(found[i], expected[i]), 1e-12) << i;
}

TEST(FeatureMaps, FavorDirectionsAreOrthogonalWithinBlocksAndGaussianInLength) {
  const auto directions = favor_directions(40, 16, 3);
  const auto products = directions.matmul(directions.t());
  for (const int block : {0, 16, 32}) {
    const int size = std::min(16, 40 - block);
    const auto own = products.narrow(0, block, size).narrow(1, block, size);
    EXPECT_LT(difference(own, at::diag(own.diagonal())), 1e-12);
  }
  double square = 0;
  for (int seed = 0; seed < 100; ++seed) square += favor_directions(16, 16, seed).square().sum(1).mean().item<double>();
  EXPECT_NEAR(square / 100, 16, .7);
}

TEST(FeatureMaps, FavorIsTheExponentialKernelOnAverage) {
  at::manual_seed(1);
  const auto q = at::randn({4, 8}, at::kDouble) * .6, k = at::randn({6, 8}, at::kDouble) * .6;
  auto exact = (q.matmul(k.t()) / std::sqrt(8.0)).exp();
  exact = exact / exact.sum(1, true);
  const auto estimate = [&](std::int64_t features, int seeds) {
    auto sum = at::zeros_like(exact);
    for (int seed = 0; seed < seeds; ++seed) {
      const auto directions = favor_directions(features, 8, seed);
      const auto weight = features_of(q, 1, FeatureMap::favor, false, directions)
                              .matmul(features_of(k, 1, FeatureMap::favor, true, directions).t());
      sum += weight / weight.sum(1, true) / seeds;
    }
    return (sum - exact).abs().max().item<double>();
  };
  EXPECT_LT(estimate(4096, 10), .03);
  EXPECT_GT(estimate(8, 1), .03);
}

TEST(FeatureMaps, AreWhatTheySay) {
  const auto x = at::tensor({-2., 0., 4., 1.}, at::kDouble).view({1, 4});
  EXPECT_LT(difference(features_of(x, 1, FeatureMap::relu, false),
                       at::tensor({1e-6, 1e-6, 2 + 1e-6, .5 + 1e-6}, at::kDouble)),
            1e-15);
  EXPECT_LT(
      difference(features_of(x, 2, FeatureMap::relu, true), at::tensor({1e-6, 1e-6, 4 + 1e-6, 1 + 1e-6}, at::kDouble)),
      1e-15);
  EXPECT_LT(difference(features_of(x, 1, FeatureMap::elu, true), at::tensor({std::exp(-2.0), 1., 5., 2.}, at::kDouble)),
            1e-15);
}

TEST(LinearAttention, EveryInstructionSetAgreesWithDouble) {
  const auto m = masked(300);
  at::manual_seed(8);
  for (const auto& [features, width] : std::vector<std::pair<int, int>>{{16, 16}, {32, 24}, {4, 12}, {8, 40}, {5, 7}})
    for (const std::int64_t heads : {1, 3, 4})
      for (const auto& [mask_heads, exponential] : {std::pair(std::int64_t{1}, false), {heads, false}, {heads, true}}) {
        const auto in = random_input(300, heads, features, width);
        const auto f = at::rand({mask_heads, 3}, at::kDouble) + 0.1;
        const auto gradient = at::randn({300, heads * width}, at::kDouble);
        const auto run = [&, by_exponential = exponential](at::ScalarType type) {
          std::vector<at::Tensor> leaves, all;
          for (const auto& x : {in.query, in.key, in.value, f})
            leaves.push_back(x.detach().clone().to(type).requires_grad_(true));
          const auto out = masked_attention({leaves[0], leaves[1], leaves[2], heads, 1e-6, by_exponential}, m.phi,
                                            modulated(m.basis, leaves[3]));
          (out * gradient.to(type)).sum().backward();
          all.push_back(out.detach().to(at::kDouble));
          for (const auto& leaf : leaves) all.push_back(leaf.grad().to(at::kDouble));
          return all;
        };
        const auto exact = run(at::kDouble);
        for (const Cpu set : {Cpu::kBaseline, Cpu::kAvx2, Cpu::kAvx512}) {
          if (set > best_cpu()) continue;
          use_cpu(set);
          const auto found = run(at::kFloat);
          for (std::size_t i = 0; i < exact.size(); ++i)
            EXPECT_LT(difference(found[i], exact[i]) / exact[i].abs().max().item<double>(), 2e-5)
                << name_of(set) << " " << features << " " << width << " " << i;
        }
        use_cpu(best_cpu());
      }
}

/// The same bodies with one lane and as a GPU's threads.
TEST(LinearAttention, LanesAgree) {
  const auto m = masked(30);
  at::manual_seed(9);
  constexpr int heads = 2, features = 5, width = 7;
  const auto in = random_input(30, heads, features, width);
  const auto phi = modulated(m.basis, at::rand({heads, 3}, at::kDouble));
  const auto gradient = at::randn({30, heads * width}, at::kDouble);
  const auto entries = m.basis.rows.entries();
  LinearArrays<double> arrays;
  arrays.queries = arrays.keys = 30;
  arrays.heads = arrays.mask_heads = heads;
  arrays.features = features;
  arrays.width = width;
  arrays.query_stride = arrays.key_stride = heads * features;
  arrays.value_stride = heads * width;
  arrays.query = in.query.data_ptr<double>(), arrays.key = in.key.data_ptr<double>();
  arrays.value = in.value.data_ptr<double>(), arrays.mask = phi.data_ptr<double>();
  arrays.offset = m.phi.rows.offset.data_ptr<int>(), arrays.column = m.phi.rows.column.data_ptr<int>();
  arrays.key_offset = m.phi.transposed.graph.offset.data_ptr<int>();
  arrays.key_query = m.phi.transposed.graph.column.data_ptr<int>();
  arrays.key_entry = m.phi.transposed.entry.data_ptr<int>();
  arrays.output_gradient = gradient.data_ptr<double>();
  const auto run = [&](const auto& launch) {
    std::vector<at::Tensor> results;
    const auto result = [&](std::int64_t rows, std::int64_t columns) {
      results.push_back(at::full({rows, columns}, -77, at::kDouble));
      return results.back().data_ptr<double>();
    };
    arrays.peak = result(30, heads);
    arrays.output = result(30, heads * width), arrays.denominator = result(30, heads);
    arrays.edge_score = result(entries, heads), arrays.edge_weight = result(entries, heads);
    arrays.query_gradient = result(30, heads * features), arrays.key_gradient = result(30, heads * features);
    arrays.value_gradient = result(30, heads * width), arrays.mask_gradient = result(entries, heads);
    launch(30 * heads, LinearForward<double>(arrays));
    launch(30 * heads, LinearBackwardRow<double>(arrays));
    launch(30 * heads, LinearBackwardKey<double>(arrays));
    return results;
  };
  for (const bool exponential : {false, true}) {
    arrays.exponential = exponential;
    const auto one = run([](std::int64_t items, const auto& body) {
      parallel_for_lanes(c10::Device(c10::DeviceType::CPU), items, body);
    });
    const auto eight = run([](std::int64_t items, const auto& body) { run_on_host_warp<8>(items, body); });
    const auto warp = run([](std::int64_t items, const auto& body) { run_on_host_warp<32>(items, body); });
    for (std::size_t i = exponential ? 0 : 1; i < one.size(); ++i) {
      EXPECT_TRUE((one[i] != -77).all().item<bool>()) << i;
      EXPECT_LT(difference(one[i], eight[i]), 1e-12) << i;
      EXPECT_LT(difference(one[i], warp[i]), 1e-12) << i;
    }
  }
}

}  // namespace
