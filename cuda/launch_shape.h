// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"

// The shape of a launch as plain functions, for nvcc and for tests without a GPU.

namespace treewalk {

constexpr int kCudaThreads = 128;
/// More blocks than any GPU holds at once; the threads stride over what is left.
constexpr std::int64_t kCudaBlocks = 1 << 16;

/// Blocks for items > 0 of which a block takes so many at a time.
HD constexpr unsigned cuda_blocks(std::int64_t items, std::int64_t items_per_block) {
  const std::int64_t blocks = (items - 1) / items_per_block + 1;
  return static_cast<unsigned>(blocks < kCudaBlocks ? blocks : kCudaBlocks);
}

/// The first item of a thread whose item is shared by `lanes` threads, and how far it is to its next one.
HD constexpr std::int64_t first_item(std::int64_t block, int thread, int lanes) {
  return block * (kCudaThreads / lanes) + thread / lanes;
}
HD constexpr std::int64_t item_step(unsigned blocks, int lanes) {
  return static_cast<std::int64_t>(blocks) * (kCudaThreads / lanes);
}

}  // namespace treewalk
