// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"

// The shape of a launch as plain functions, for nvcc and for tests without a GPU.

namespace treewalk {

constexpr int kCudaThreads = 128;
/// Most blocks of one launch, on every GPU.
constexpr std::int64_t kCudaBlocks = 2147483647;

/// Items of a block whose items are shared by `lanes` threads each.
HD constexpr int items_of_block(int lanes) { return kCudaThreads / lanes; }

/// The item of a thread, of a launch that begins with item `first`.
HD constexpr std::int64_t item_of(std::int64_t first, std::int64_t block, int thread, int lanes) {
  return first + block * items_of_block(lanes) + thread / lanes;
}

/// Blocks for items first .. items - 1, at least one of them, or for as many as one launch can take.
constexpr unsigned cuda_blocks(std::int64_t first, std::int64_t items, int lanes) {
  const std::int64_t blocks = (items - first - 1) / items_of_block(lanes) + 1;
  return static_cast<unsigned>(blocks < kCudaBlocks ? blocks : kCudaBlocks);
}

}  // namespace treewalk
