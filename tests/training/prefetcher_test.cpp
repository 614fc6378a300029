// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/prefetcher.h"

#include <gtest/gtest.h>

#include "treewalk/cloud.h"

namespace treewalk {
namespace {

TEST(Prefetcher, DeliversInOrderAndRethrows) {
  Prefetcher<int> squares(3, 50, 4, 5, [](std::int64_t step) { return static_cast<int>(step * step); });
  for (int step = 3; step < 50; ++step) EXPECT_EQ(squares.next(), step * step);
  Prefetcher<int> failing(0, 10, 2, 2, [](std::int64_t step) -> int {
    if (step == 1) throw Error("no such cloud");
    return 0;
  });
  EXPECT_THROW(
      {
        failing.next();
        failing.next();
      },
      Error);
}

}  // namespace
}  // namespace treewalk
