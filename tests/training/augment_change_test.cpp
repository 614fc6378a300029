// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/augment_change.h"

#include <gtest/gtest.h>

#include <cmath>

namespace treewalk {
namespace {

TEST(RandomGamma, HasItsMoments) {
  for (const double shape : {1.0, 1.5, 7.0}) {
    RandomStream random(1, "gamma", 2);
    const int n = 200000;
    double sum = 0, square = 0;
    for (int i = 0; i < n; ++i) {
      const double x = random_gamma(random, shape);
      EXPECT_GT(x, 0);
      sum += x;
      square += x * x;
    }
    EXPECT_NEAR(sum / n, shape, 0.01 * shape);
    EXPECT_NEAR(square / n - sum / n * (sum / n), shape, 0.03 * shape);
  }
}

TEST(RandomDirection, HasUnitLengthAndNoFavourite) {
  RandomStream random(3, "direction", 0);
  const int n = 50000;
  double sum[3] = {0, 0, 0}, square[3] = {0, 0, 0};
  for (int i = 0; i < n; ++i) {
    const auto d = random_direction(random);
    EXPECT_NEAR(std::hypot(d[0], d[1], d[2]), 1, 1e-12);
    for (int a = 0; a < 3; ++a) sum[a] += d[a], square[a] += d[a] * d[a];
  }
  for (int a = 0; a < 3; ++a) {
    EXPECT_NEAR(sum[a] / n, 0, 0.015);
    EXPECT_NEAR(square[a] / n, 1.0 / 3, 0.01);
  }
}

}  // namespace
}  // namespace treewalk
