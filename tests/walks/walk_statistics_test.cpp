// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "core/walks/walks.h"
#include "tests/support/walk_graphs.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

/// Covariance of one walk's features psi (row i of n Phi with one walker), by all its prefixes:
/// E[psi_u psi_v] = sum_k f_k^2 (W2^k)_iu [u = v] + sum_{k<l} f_k f_l ((W2^k)_iu (W^{l-k})_uv + the same with u, v
/// exchanged), where W2_uv = W_uv^2 d_u / (1 - halt).
at::Tensor covariance_of_a_walk(const WalkGraph& graph, const std::vector<double>& f, double halt, int i) {
  const auto w = dense_matrix(graph), w2 = w * w * graph.degree.unsqueeze(1) / (1 - halt);
  const auto nodes = w.size(0);
  const int hops = static_cast<int>(f.size()) - 1;
  std::vector<at::Tensor> power{at::eye(nodes, at::kDouble)}, squared{at::eye(nodes, at::kDouble)[i]};
  for (int t = 1; t <= hops; ++t) {
    power.push_back(power.back().matmul(w));
    squared.push_back(w2.t().matmul(squared.back()));
  }
  auto moment = at::zeros({nodes, nodes}, at::kDouble);
  for (int k = 0; k <= hops; ++k) {
    moment = moment + at::diag(squared[k]) * (f[k] * f[k]);
    for (int l = k + 1; l <= hops; ++l) {
      const auto one = squared[k].unsqueeze(1) * power[l - k];
      moment = moment + (one + one.t()) * (f[k] * f[l]);
    }
  }
  const auto mean = polynomial(w, f)[i];
  return moment - mean.unsqueeze(1) * mean.unsqueeze(0);
}

struct Moments {
  at::Tensor mean, variance;
};
template <class Estimate>
Moments moments(int runs, const Estimate& estimate) {
  at::Tensor sum, square;
  for (int r = 0; r < runs; ++r) {
    const at::Tensor one = estimate(r);
    sum = r == 0 ? one.clone() : sum.add_(one);
    square = r == 0 ? one * one : square.add_(one * one);
  }
  const auto mean = sum / runs;
  return {mean, (square / runs - mean * mean) * (double(runs) / (runs - 1))};
}

TEST(WalkStatistics, EverySchemeIsUnbiased) {
  const auto graph = make_walk_graph(csr_of(small_world(12, 4)), WalkGraph::symmetric);
  const std::vector<double> f{1, .8, .6, .4, .3};
  const auto exact = polynomial(dense_matrix(graph), f);
  constexpr int runs = 3000;
  for (const double halt : {0.0, 0.25})
    for (const bool antithetic : {false, true})
      for (const bool repelling : {false, true})
        for (const bool expected_last_hop : {false, true}) {
          if (antithetic && halt == 0) continue;
          WalkOptions options;
          options.walkers = 6;
          options.hops = 4;
          options.halt = halt;
          options.antithetic = antithetic;
          options.repelling = repelling;
          options.expected_last_hop = expected_last_hop;
          const auto found = moments(runs, [&](int r) {
            options.seed = r;
            return phi_of(graph, options, f);
          });
          const auto error = (found.variance / runs).sqrt();
          const auto varies = error > 1e-9;
          const auto z = ((found.mean - exact) / error).masked_select(varies);
          EXPECT_LT(z.abs().max().item<double>(), 5);
          EXPECT_NEAR((z * z).mean().item<double>(), 1, .35);
          EXPECT_LT(difference(found.mean.masked_select(~varies), exact.masked_select(~varies)), 1e-8);
        }
}

TEST(WalkStatistics, ThinnedPowersAreUnbiased) {
  const auto graph = make_walk_graph(csr_of(small_world(14, 4)), WalkGraph::symmetric);
  const std::vector<double> f{1, .8, .6, .4, .3};
  const auto exact = polynomial(dense_matrix(graph), f);
  constexpr int runs = 3000;
  for (const auto& [frontier, entries] : {std::pair(3, 0), {0, 5}, {4, 6}}) {
    WalkOptions options;
    options.walkers = 0;
    options.hops = 4;
    options.frontier = frontier;
    options.entries = entries;
    const auto found = moments(runs, [&](int r) {
      options.seed = r;
      return phi_of(graph, options, f);
    });
    const auto error = (found.variance / runs).sqrt();
    const auto varies = error > 1e-9;
    ASSERT_GT(varies.sum().item<int>(), 50);
    const auto z = ((found.mean - exact) / error).masked_select(varies);
    EXPECT_LT(z.abs().max().item<double>(), 5) << frontier << " " << entries;
    EXPECT_NEAR((z * z).mean().item<double>(), 1, .35) << frontier << " " << entries;
    EXPECT_LT(difference(found.mean.masked_select(~varies), exact.masked_select(~varies)), 1e-8);
  }
}

TEST(WalkStatistics, WeightedMovesAreUnbiased) {
  at::manual_seed(4);
  const auto rows = csr_of(small_world(12, 4));
  const auto graph = make_walk_graph(rows, WalkGraph::random_walk, at::rand({rows.entries()}, at::kDouble) + 0.2);
  const std::vector<double> f{1, .8, .6};
  const auto exact = polynomial(dense_matrix(graph), f);
  for (const bool repelling : {false, true}) {
    WalkOptions options;
    options.walkers = 5;
    options.hops = 2;
    options.repelling = repelling;
    const auto found = moments(3000, [&](int r) {
      options.seed = r;
      return phi_of(graph, options, f);
    });
    const auto error = (found.variance / 3000).sqrt() + 1e-12;
    EXPECT_LT(((found.mean - exact) / error).abs().max().item<double>(), 5);
  }
}

/// The ICLR 2025 mask with independent walkers: its variance off the diagonal, and its bias on it, as derived.
TEST(WalkStatistics, MaskHasTheVarianceAndTheDiagonalBiasOfTheFormulas) {
  const auto graph = make_walk_graph(csr_of(path(3)), WalkGraph::symmetric);
  const std::vector<double> f{1, .5, .25};
  const auto phi = polynomial(dense_matrix(graph), f), mask = phi.matmul(phi.t());
  struct Golden {
    double halt, variance01, variance02, bias0, bias1;
  };
  for (const Golden golden : {Golden{.25, .1866319444, .0665659963, .0607638889, .2326388889},
                              Golden{0, .064453125, .0158691406, .015625, .125}}) {
    constexpr int walkers = 2, runs = 20000;
    std::vector<at::Tensor> covariance;
    for (int i = 0; i < 3; ++i) covariance.push_back(covariance_of_a_walk(graph, f, golden.halt, i));
    const auto variance = [&](int i, int j) {
      const auto form = [](const at::Tensor& x, const at::Tensor& m) { return x.dot(m.matmul(x)).item<double>(); };
      return (form(phi[i], covariance[j]) + form(phi[j], covariance[i])) / walkers +
             covariance[i].matmul(covariance[j]).trace().item<double>() / (walkers * walkers);
    };
    EXPECT_NEAR(variance(0, 1), golden.variance01, 1e-9);
    EXPECT_NEAR(variance(0, 2), golden.variance02, 1e-9);
    EXPECT_NEAR(covariance[0].trace().item<double>() / walkers, golden.bias0, 1e-9);
    EXPECT_NEAR(covariance[1].trace().item<double>() / walkers, golden.bias1, 1e-9);

    WalkOptions options;
    options.walkers = walkers;
    options.hops = 2;
    options.halt = golden.halt;
    options.repelling = false;
    const auto found = moments(runs, [&](int r) {
      options.seed = r;
      const auto estimate = phi_of(graph, options, f);
      return estimate.matmul(estimate.t());
    });
    // A diagonal of two sets of walks has no bias.
    const auto diagonal = moments(runs, [&](int r) {
      options.seed = r;
      const auto one = phi_of(graph, options, f);
      options.seed = runs + r;
      return (one * phi_of(graph, options, f)).sum(1);
    });
    for (int i = 0; i < 3; ++i)
      EXPECT_LT(std::abs(diagonal.mean[i].item<double>() - mask[i][i].item<double>()),
                5 * std::sqrt(diagonal.variance[i].item<double>() / runs));
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) {
        const double mean = found.mean[i][j].item<double>(), sigma2 = found.variance[i][j].item<double>();
        const double bias = i == j ? covariance[i].trace().item<double>() / walkers : 0;
        EXPECT_LT(std::abs(mean - mask[i][j].item<double>() - bias), 5 * std::sqrt(sigma2 / runs)) << i << j;
        if (i != j) {
          EXPECT_NEAR(sigma2 / variance(i, j), 1, .08) << i << j;
        }
      }
  }
}

/// Figures 8 and 9 of the ICLR 2025 paper: heat kernels of random graphs by 4 walkers that halt with probability 0.25,
/// relative squared Frobenius error and non-zeros of Phi. The figures name no exponent that fits; 0.2 does.
TEST(WalkStatistics, ErrorsOnRandomGraphsAreThoseOfThePaper) {
  struct Case {
    int nodes;
    double edges, error, nonzeros;
  };
  constexpr double beta = .2;
  constexpr int hops = 20, graphs = 60;
  for (const auto& c : {Case{100, .5, .0066, .121}, Case{100, .1, .0062, .112}, Case{10, .5, .0056, .67}}) {
    std::vector<double> f{std::exp(-beta / 2)};
    for (int k = 1; k <= hops; ++k) f.push_back(f.back() * beta / 2 / k);
    double error = 0, nonzeros = 0;
    for (int seed = 0; seed < graphs; ++seed) {
      std::mt19937 random(seed);
      std::bernoulli_distribution coin(c.edges);
      Edges edges(c.nodes);
      for (int i = 0; i < c.nodes; ++i)
        for (int j = i + 1; j < c.nodes; ++j)
          if (coin(random)) edges[i].push_back(j), edges[j].push_back(i);
      for (auto& row : edges) std::sort(row.begin(), row.end());
      const auto graph = make_walk_graph(csr_of(edges), WalkGraph::symmetric);
      const auto kernel = at::linalg_matrix_exp((dense_matrix(graph) - at::eye(c.nodes, at::kDouble)) * beta);
      WalkOptions options;
      options.walkers = 4;
      options.hops = hops;
      options.halt = .25;
      options.repelling = false;
      options.seed = seed;
      const auto phi = phi_of(graph, options, f);
      error += ((phi.matmul(phi.t()) - kernel).square().sum() / kernel.square().sum()).item<double>() / graphs;
      nonzeros += double(phi.count_nonzero().item<std::int64_t>()) / (c.nodes * c.nodes) / graphs;
    }
    EXPECT_NEAR(error, c.error, c.nodes == 100 ? .0004 : .0009) << c.nodes << " " << c.edges;
    EXPECT_NEAR(nonzeros, c.nonzeros, c.nodes == 100 ? .003 : .03) << c.nodes << " " << c.edges;
  }
}

}  // namespace
