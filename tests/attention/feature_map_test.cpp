// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/feature_map.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/support/walk_graphs.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

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

}  // namespace
