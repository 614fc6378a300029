// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

// What kernels need of LibTorch, without its headers: nvcc takes half a minute for those.

namespace treewalk {

/// LibTorch's current stream (cudaStream_t) of the current device.
void* current_cuda_stream();

struct Launch {
  const char* body;  ///< its type, as typeid names it
  std::int64_t items;
  unsigned blocks;
};
/// Throws c10::Error, which names the body and the sizes, when that launch, or work that was queued before it, failed.
void check_cuda_launch(const Launch& launch);

}  // namespace treewalk
