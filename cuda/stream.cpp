// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "cuda/stream.h"

#include <c10/cuda/CUDAStream.h>
#include <c10/util/Exception.h>
#include <c10/util/Type.h>
#include <cuda_runtime.h>

#include "cuda/launch_shape.h"

namespace treewalk {

void* current_cuda_stream() { return c10::cuda::getCurrentCUDAStream().stream(); }

void check_cuda_launch(const Launch& launch) {
  const cudaError_t error = cudaGetLastError();
  TORCH_CHECK(error == cudaSuccess, "the GPU did not take ", c10::demangle(launch.body), " over ", launch.items,
              " items in ", launch.blocks, " blocks of ", kCudaThreads, " threads: ", cudaGetErrorString(error),
              error == cudaErrorMemoryAllocation ? "; set a memory limit so that the cloud is taken in tiles" : "");
}

}  // namespace treewalk
