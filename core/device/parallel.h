// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <c10/core/Device.h>
#include <c10/core/DeviceGuard.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/device/host_access.h"
#include "core/device/lanes.h"
#include "core/device/pool.h"
#include "core/device/threads.h"
#include "core/device/wide.h"

namespace treewalk {

template <class Body>
void launch_cuda(const Body& body, std::int64_t items);  // defined in cuda/launch.cuh
template <class Body>
void launch_cuda_lanes(const Body& body, std::int64_t items);

/// Work on the CPU in ranges of at least `grain` items: work(begin, end). How many there are depends on the number of
/// threads, so no result may depend on where one ends. A few for each thread, as some threads may be late.
template <class Work>
void parallel_ranges(std::int64_t items, std::int64_t grain, const Work& work) {
  if (items <= 0) return;
  const std::int64_t threads = in_pool_task() ? 1 : thread_count();
  const std::int64_t ranges = threads == 1 ? 1 : std::min((items + grain - 1) / grain, 4 * threads);
  run_in_pool(ranges, [&](std::int64_t i) {
    const std::int64_t longer = items % ranges, length = items / ranges;
    work(i * length + std::min(i, longer), (i + 1) * length + std::min(i + 1, longer));
  });
}

/// Whether a body says that it is worth being compiled for every set of instructions (wide.h).
template <class Body, class = void>
constexpr bool kWide = false;
template <class Body>
constexpr bool kWide<Body, std::void_t<decltype(Body::wide)>> = Body::wide;

/// Runs body(item) for item = 0..items-1. A body is a struct of raw pointers with operator()(int64) const and a
/// static constexpr int64 `grain` (items a CPU task should hold). Items must be independent.
template <class Body>
void parallel_for(c10::Device device, std::int64_t items, const Body& body) {
  if (device.is_cuda()) {
#ifdef TREEWALK_WITH_CUDA
    const c10::OptionalDeviceGuard guard(device);
    launch_cuda(body, items);
#else
    TORCH_CHECK(false, "this build has no CUDA kernels; move the tensors to the CPU");
#endif
    return;
  }
  const HostAccess access(device);
  parallel_ranges(items, Body::grain, [&](std::int64_t begin, std::int64_t end) {
    const auto range = [&body, begin, end] {
      for (std::int64_t item = begin; item < end; ++item) body(item);
    };
    if constexpr (kWide<Body>) {
      wide(range);
    } else {
      range();
    }
  });
}

/// The same for bodies that share an item among lanes: body(item, lanes).
template <class Body>
void parallel_for_lanes(c10::Device device, std::int64_t items, const Body& body) {
  if (device.is_cuda()) {
#ifdef TREEWALK_WITH_CUDA
    const c10::OptionalDeviceGuard guard(device);
    launch_cuda_lanes(body, items);
#else
    TORCH_CHECK(false, "this build has no CUDA kernels; move the tensors to the CPU");
#endif
    return;
  }
  const HostAccess access(device);
  parallel_ranges(items, Body::grain, [&](std::int64_t begin, std::int64_t end) {
    for (; begin < end; ++begin) body(begin, OneLane{});
  });
}

/// Work on the CPU in fixed pieces of `piece` items: work(piece index, begin, end). The pieces do not depend on the
/// number of threads, so per-piece partial sums added in order give the same bits for any number of threads.
template <class Work>
void parallel_pieces(std::int64_t items, std::int64_t piece, const Work& work) {
  run_in_pool((items + piece - 1) / piece,
              [&](std::int64_t p) { work(p, p * piece, std::min(items, p * piece + piece)); });
}

/// Runs work(i) for i = 0..tasks-1, in turn as threads become free: each with one thread of its own, or a single one
/// with all threads. After an exception no more are started, and one is thrown.
template <class Work>
void parallel_tasks(std::int64_t tasks, const Work& work) {
  if (tasks == 1) return work(std::int64_t{0});
  run_in_pool(tasks, work);
}

}  // namespace treewalk
