// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "treewalk/memory.h"

namespace treewalk {
namespace {

constexpr std::int64_t kSize = 64 << 20;

/// What the process has more, once an array of 64 MB was made, written and freed.
std::int64_t kept_of_an_array() {
  const std::int64_t before = resident_memory();
  {
    const std::vector<char> array(kSize, 1);
    EXPECT_GE(resident_memory(), kSize / 2);
    EXPECT_EQ(std::count(array.begin(), array.end(), 1), kSize);
  }
  return resident_memory() - before;
}

// A program of its own: it changes what the allocator does.
TEST(KeepFreedMemory, KeepsUntilItIsGivenBack) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
  GTEST_SKIP() << "another allocator";
#endif
  EXPECT_LT(kept_of_an_array(), kSize / 4);
  keep_freed_memory();
  EXPECT_GT(kept_of_an_array(), kSize / 2);
  const std::int64_t kept = resident_memory();
  EXPECT_LT(kept_of_an_array(), kSize / 4) << "the second array has the first one's place";
  give_back_memory();
  EXPECT_LT(resident_memory(), kept - kSize / 2);
}

}  // namespace
}  // namespace treewalk
