// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "cuda/stream.h"

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>

namespace treewalk {

void* current_cuda_stream() { return c10::cuda::getCurrentCUDAStream().stream(); }

void check_cuda_launch() { C10_CUDA_KERNEL_LAUNCH_CHECK(); }

}  // namespace treewalk
