// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <type_traits>
#include <typeinfo>

#include "core/device/lanes.h"
#include "cuda/launch_shape.h"
#include "cuda/stream.h"

// How a body runs on a GPU. Only cuda/*.cu include this file and instantiate launch_cuda and launch_cuda_lanes, which
// core/device/parallel.h declares.

namespace treewalk {

/// `Size` neighbouring threads of a warp. Sums go through a butterfly: every step adds the same two numbers in both
/// partners, so all lanes get the same bits.
template <int Size>
struct WarpLanes {
  static_assert(Size == 8 || Size == 16 || Size == 32, "lanes are a warp or an aligned part of it");
  static constexpr int size = Size;

  __device__ int rank() const { return static_cast<int>(threadIdx.x % Size); }
  template <class T>
  __device__ T sum(T x) const {
    for (int step = Size / 2; step > 0; step /= 2) x += __shfl_xor_sync(members(), x, step, Size);
    return x;
  }
  template <class T>
  __device__ T max(T x) const {
    for (int step = Size / 2; step > 0; step /= 2) {
      const T other = __shfl_xor_sync(members(), x, step, Size);
      x = other > x ? other : x;
    }
    return x;
  }
  template <class T>
  __device__ T broadcast(T x, int from) const {
    return __shfl_sync(members(), x, from, Size);
  }

 private:
  /// Only these threads meet: the others of the warp work on other items and may have left.
  __device__ unsigned members() const {
    return Size == 32 ? 0xffffffffu : ((1u << Size % 32) - 1) << (threadIdx.x % 32 / Size * Size);
  }
};

/// Threads that share an item: Body::cuda_lanes where a body has an opinion, else a warp.
template <class Body, class = void>
struct LanesOf {
  static constexpr int size = 32;
};
template <class Body>
struct LanesOf<Body, std::void_t<decltype(Body::cuda_lanes)>> {
  static constexpr int size = Body::cuda_lanes;
};

/// Blocks that every multiprocessor of the generation compiled for can hold: 1,024 threads, of later ones 1,536.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
constexpr int kResidentBlocks = 1024 / kCudaThreads;
#else
constexpr int kResidentBlocks = 1536 / kCudaThreads;
#endif

/// Blocks that a multiprocessor is to hold at least, which limits the registers of a thread: Body::cuda_blocks where a
/// body has an opinion, as far as the generation can hold them.
template <class Body, class = void>
struct BlocksOf {
  static constexpr int least = 1;
};
template <class Body>
struct BlocksOf<Body, std::void_t<decltype(Body::cuda_blocks)>> {
  static constexpr int least = Body::cuda_blocks < kResidentBlocks ? Body::cuda_blocks : kResidentBlocks;
};

/// A thread has one item: a loop over several would keep registers that bodies need.
template <class Body>
__global__ void __launch_bounds__(kCudaThreads, BlocksOf<Body>::least)
    run_body(const Body body, const std::int64_t first, const std::int64_t items) {
  const std::int64_t item = item_of(first, blockIdx.x, static_cast<int>(threadIdx.x), 1);
  if (item < items) body(item);
}

template <class Body>
__global__ void __launch_bounds__(kCudaThreads, BlocksOf<Body>::least)
    run_body_lanes(const Body body, const std::int64_t first, const std::int64_t items) {
  using Lanes = WarpLanes<LanesOf<Body>::size>;
  const std::int64_t item = item_of(first, blockIdx.x, static_cast<int>(threadIdx.x), Lanes::size);
  if (item < items) body(item, Lanes{});
}

/// Queues `kernel` for items 0 .. items - 1 on LibTorch's current stream of the current device: one launch, or several
/// where there are more items than a launch can have.
template <class Body>
void queue_on_cuda(void (*kernel)(Body, std::int64_t, std::int64_t), int lanes, const Body& body, std::int64_t items) {
  const auto stream = static_cast<cudaStream_t>(current_cuda_stream());
  for (std::int64_t first = 0; first < items; first += kCudaBlocks * items_of_block(lanes)) {
    const unsigned blocks = cuda_blocks(first, items, lanes);
    kernel<<<blocks, kCudaThreads, 0, stream>>>(body, first, items);
    check_cuda_launch({typeid(Body).name(), items, blocks});
  }
}

template <class Body>
void launch_cuda(const Body& body, std::int64_t items) {
  queue_on_cuda(run_body<Body>, 1, body, items);
}

template <class Body>
void launch_cuda_lanes(const Body& body, std::int64_t items) {
  queue_on_cuda(run_body_lanes<Body>, LanesOf<Body>::size, body, items);
}

}  // namespace treewalk
