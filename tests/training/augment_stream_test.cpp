// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/augment_stream.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace treewalk {
namespace {

TEST(ChangeStream, DistributionsHaveTheirMoments) {
  ChangeStream stream(1, 2, "moments");
  const int n = 200000;
  double sum = 0, square = 0, fourth = 0, gamma = 0, beyond = 0;
  for (int i = 0; i < n; ++i) {
    const double x = stream.normal();
    sum += x;
    square += x * x;
    fourth += x * x * x * x;
    beyond += std::fabs(x) > 3.442619855899;
    gamma += stream.gamma(1.5);
  }
  EXPECT_NEAR(sum / n, 0, 0.01);
  EXPECT_NEAR(square / n, 1, 0.015);
  EXPECT_NEAR(fourth / n, 3, 0.1);
  EXPECT_NEAR(beyond / n, 5.76e-4, 2e-4);
  EXPECT_NEAR(gamma / n, 1.5, 0.015);
}

TEST(ChangeStream, NamesStepsAndSeedsGiveOtherNumbers) {
  std::set<std::uint32_t> first;
  for (std::uint64_t seed : {0, 1})
    for (std::uint64_t step : {0, 1})
      for (const char* name : {"roll", "tilt"}) first.insert(ChangeStream(seed, step, name).bits());
  EXPECT_EQ(first.size(), 8u);
}

}  // namespace
}  // namespace treewalk
