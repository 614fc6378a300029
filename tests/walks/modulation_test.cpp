// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/modulation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/walk_graphs.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

/// f with sum_{p <= k} f_p f_{k-p} = alpha_k, so that Phi Phi^T = sum_k alpha_k W^k for a symmetric W and endless sums
/// (ICLR 2025, Lemma 3.1). alpha_0 > 0.
std::vector<double> deconvolved(const std::vector<double>& alpha) {
  std::vector<double> f{std::sqrt(alpha[0])};
  for (std::size_t k = 1; k < alpha.size(); ++k) {
    double rest = alpha[k];
    for (std::size_t p = 1; p < k; ++p) rest -= f[p] * f[k - p];
    f.push_back(rest / (2 * f[0]));
  }
  return f;
}

/// The golden example of the ICLR 2025 mask on a path of three nodes.
TEST(Modulation, GoldenMask) {
  const auto graph = make_walk_graph(csr_of(path(3)), WalkGraph::symmetric);
  WalkOptions options;
  options.walkers = 0;
  options.hops = 2;
  const auto phi = phi_of(graph, options, {1, .5, .25});
  const auto expected =
      at::tensor({1.125, .3535533906, .125, .3535533906, 1.25, .3535533906, .125, .3535533906, 1.125}, at::kDouble);
  EXPECT_LT(difference(phi.flatten(), expected), 1e-10);
  const auto mask = phi.matmul(phi.t());
  EXPECT_NEAR(mask[0][0].item<double>(), 1.40625, 1e-12);
  EXPECT_NEAR(mask[0][1].item<double>(), .8838834765, 1e-10);
  EXPECT_NEAR(mask[1][1].item<double>(), 1.8125, 1e-12);
  EXPECT_EQ(convolved({1, .5, .25}), (std::vector<double>{1, 1, .75, .25, .0625}));
}

TEST(Modulation, ClosedFormsOfKernels) {
  const double beta = .8, sigma2 = .5, rho = sigma2 / (1 + sigma2);
  std::vector<double> diffusion, diffusion_f, inverse, inverse_f, square, square_f, cosine;
  double factorial = 1, central = 1;
  for (int k = 0; k < 12; ++k) {
    if (k > 0) factorial *= k, central *= (2.0 * k - 1) / (2.0 * k);  // C(2k,k) / 4^k
    diffusion.push_back(std::exp(-beta) * std::pow(beta, k) / factorial);
    diffusion_f.push_back(std::exp(-beta / 2) * std::pow(beta / 2, k) / factorial);
    inverse.push_back(std::pow(rho, k) / (1 + sigma2));
    inverse_f.push_back(std::pow(rho, k) * central / std::sqrt(1 + sigma2));
    square.push_back((k + 1) * std::pow(rho, k) / std::pow(1 + sigma2, 2));
    square_f.push_back(std::pow(rho, k) / (1 + sigma2));
    cosine.push_back((k / 2 % 2 == 0 ? 1 : -1) * std::sqrt(.5) * std::pow(M_PI / 4, k) / factorial);
  }
  const auto expect = [](const std::vector<double>& alpha, const std::vector<double>& f, double tolerance) {
    const auto found = deconvolved(alpha);
    for (std::size_t k = 0; k < f.size(); ++k) EXPECT_NEAR(found[k], f[k], tolerance) << k;
    const auto back = convolved(found);
    for (std::size_t k = 0; k < alpha.size(); ++k) EXPECT_NEAR(back[k], alpha[k], 1e-15) << k;
  };
  expect(diffusion, diffusion_f, 1e-15);
  expect(inverse, inverse_f, 1e-15);
  expect(square, square_f, 1e-15);
  expect(cosine, {.84089642, .33021925, -.19451519, .04243663, -.03249641, .02362479}, 1e-8);
}

TEST(Modulation, TheDiffusionKernelOfAPath) {
  const auto graph = make_walk_graph(csr_of(path(3)), WalkGraph::symmetric);
  WalkOptions options;
  options.walkers = 0;
  const auto error = [&](int hops) {
    options.hops = hops;
    std::vector<double> f;
    double term = std::exp(-.4);
    for (int k = 0; k <= hops; ++k, term *= .4 / k) f.push_back(term);
    const auto phi = phi_of(graph, options, f);
    const auto expected = at::tensor({.5251386116, .2821721921, .0758096474, .2821721921, .600948259, .2821721921,
                                      .0758096474, .2821721921, .5251386116},
                                     at::kDouble);
    return difference(phi.matmul(phi.t()).flatten(), expected);
  };
  EXPECT_NEAR(error(2), 7.7e-3, 1e-4);
  EXPECT_NEAR(error(4), 6.0e-5, 1e-6);
  EXPECT_NEAR(error(6), 2.3e-7, 1e-8);
  EXPECT_LT(error(10), 1e-10);
}

TEST(Modulation, GradientIsThatOfTheDefinition) {
  const auto graph = make_walk_graph(csr_of(small_world(40, 5)), WalkGraph::symmetric);
  WalkOptions options;
  options.hops = 3;
  options.halt = .3;
  options.expected_last_hop = true;
  const auto basis = walk_basis(graph, options);
  at::manual_seed(2);
  auto f = at::rand({3, 4}, at::kDouble).requires_grad_(true);
  const auto weight = at::randn({basis.rows.entries(), 3}, at::kDouble);
  const auto phi = modulated(basis, f);
  (phi * weight).sum().backward();
  // Linear in f: the gradient is the value at unit vectors.
  for (int t = 0; t < 4; ++t) {
    auto unit = at::zeros({3, 4}, at::kDouble);
    unit.select(1, t).fill_(1);
    const auto expected = (modulated(basis, unit) * weight).sum(0);
    EXPECT_LT(difference(f.grad().select(1, t), expected), 1e-12) << t;
  }
  EXPECT_LT(difference(modulated(basis, f.detach().to(at::kFloat)).to(at::kDouble), phi.detach()), 1e-6);
}

}  // namespace
