// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/elementary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace treewalk {
namespace {

TEST(FastAsinh, IsTheLibrarysOfDoubles) {
  for (double x = 1e-6; x < 1e6; x *= 1.0007) {
    const auto single = static_cast<float>(x);
    const double exact = std::asinh(static_cast<double>(single));
    EXPECT_NEAR(fast_asinh(single), exact, 3e-7 * std::max(1.0, exact)) << x;
    EXPECT_EQ(fast_asinh(-single), -fast_asinh(single)) << x;
  }
  EXPECT_EQ(fast_asinh(0), 0);
  EXPECT_TRUE(std::isfinite(fast_asinh(std::numeric_limits<float>::max())));
}

TEST(FastExp, IsTheLibrarysOfDoubles) {
  for (double x = -87; x < -1e-9; x = std::min(x * 0.9997, x + 1e-3)) {
    const auto single = static_cast<float>(x);
    const double exact = std::exp(static_cast<double>(single));
    ASSERT_NEAR(fast_exp(single), exact, 2e-7 * exact) << x;
  }
  EXPECT_EQ(fast_exp(0), 1);
  EXPECT_EQ(fast_exp(-87.01f), 0);
  EXPECT_EQ(fast_exp(-std::numeric_limits<float>::infinity()), 0);
  EXPECT_TRUE(std::isnan(fast_exp(std::numeric_limits<float>::quiet_NaN())));
}

}  // namespace
}  // namespace treewalk
