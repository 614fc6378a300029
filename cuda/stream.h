// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

// What kernels need of LibTorch, without its headers: nvcc takes half a minute for those.

namespace treewalk {

/// LibTorch's current stream (cudaStream_t) of the current device.
void* current_cuda_stream();
/// Throws c10::Error when the last launch failed.
void check_cuda_launch();

}  // namespace treewalk
