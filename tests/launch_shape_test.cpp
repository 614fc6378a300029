// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "cuda/launch_shape.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace treewalk {
namespace {

/// How often each item is taken, and by how many threads, when every thread of a launch goes its way.
std::map<std::int64_t, int> taken(std::int64_t items, int lanes) {
  std::map<std::int64_t, int> count;
  const unsigned blocks = cuda_blocks(items, kCudaThreads / lanes);
  for (unsigned block = 0; block < blocks; ++block)
    for (int thread = 0; thread < kCudaThreads; ++thread)
      for (auto i = first_item(block, thread, lanes); i < items; i += item_step(blocks, lanes)) ++count[i];
  return count;
}

TEST(LaunchShape, EveryItemIsTakenByAllOfItsLanesAndNoOther) {
  for (const int lanes : {1, 8, 16, 32})
    for (const std::int64_t items : {1, 2, 31, 127, 128, 129, 1000}) {
      const auto count = taken(items, lanes);
      EXPECT_EQ(static_cast<std::int64_t>(count.size()), items);
      for (const auto& [item, times] : count) EXPECT_EQ(times, lanes) << item;
    }
}

TEST(LaunchShape, LanesOfAnItemAreNeighboursWithinAWarp) {
  for (const int lanes : {8, 16, 32})
    for (int thread = 0; thread < kCudaThreads; ++thread) {
      EXPECT_EQ(first_item(5, thread, lanes), first_item(5, thread / lanes * lanes, lanes));
      EXPECT_EQ(thread / 32, thread / lanes * lanes / 32);
    }
}

TEST(LaunchShape, GridsStayWithinWhatAGpuTakesAndStrideBeyond31Bits) {
  EXPECT_EQ(cuda_blocks(1, 128), 1u);
  EXPECT_EQ(cuda_blocks(128, 128), 1u);
  EXPECT_EQ(cuda_blocks(129, 128), 2u);
  const std::int64_t huge = std::int64_t{1} << 40;
  EXPECT_EQ(cuda_blocks(huge, 128), static_cast<unsigned>(kCudaBlocks));
  // The last item is reached by exactly one first item and whole strides.
  const std::int64_t step = item_step(cuda_blocks(huge, 128), 1), last = huge - 1;
  EXPECT_EQ(first_item(last % step / kCudaThreads, static_cast<int>(last % step % kCudaThreads), 1), last % step);
  EXPECT_GT(last / step, std::int64_t{1} << 16);
}

}  // namespace
}  // namespace treewalk
