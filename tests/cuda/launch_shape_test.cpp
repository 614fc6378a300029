// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "cuda/launch_shape.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace treewalk {
namespace {

/// How often each item is taken when every thread of a launch goes its way.
std::map<std::int64_t, int> taken(std::int64_t items, int lanes) {
  std::map<std::int64_t, int> count;
  const unsigned blocks = cuda_blocks(0, items, lanes);
  for (unsigned block = 0; block < blocks; ++block)
    for (int thread = 0; thread < kCudaThreads; ++thread)
      if (const auto item = item_of(0, block, thread, lanes); item < items) ++count[item];
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
      EXPECT_EQ(item_of(0, 5, thread, lanes), item_of(0, 5, thread / lanes * lanes, lanes));
      EXPECT_EQ(thread / 32, thread / lanes * lanes / 32);
    }
}

TEST(LaunchShape, NoMoreBlocksThanItems) {
  EXPECT_EQ(cuda_blocks(0, 1, 1), 1u);
  EXPECT_EQ(cuda_blocks(0, 128, 1), 1u);
  EXPECT_EQ(cuda_blocks(0, 129, 1), 2u);
  EXPECT_EQ(cuda_blocks(0, 129, 8), 9u);
}

TEST(LaunchShape, MoreItemsThanALaunchHasAreTakenBySeveral) {
  for (const int lanes : {1, 32}) {
    const std::int64_t most = kCudaBlocks * items_of_block(lanes);
    for (const std::int64_t items : {most - 1, most, most + 1, 3 * most + 5}) {
      std::int64_t end = 0;
      for (std::int64_t first = 0; first < items; first += most) {
        EXPECT_EQ(first, end) << "launches follow each other without a gap";
        const unsigned blocks = cuda_blocks(first, items, lanes);
        EXPECT_LE(blocks, 2147483647u);
        end = item_of(first, blocks - 1, kCudaThreads - 1, lanes) + 1;
      }
      EXPECT_GE(end, items);
      EXPECT_LT(end - items, items_of_block(lanes));
    }
  }
}

}  // namespace
}  // namespace treewalk
