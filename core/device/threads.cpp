// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/threads.h"

#include <ATen/Parallel.h>
#include <omp.h>

#include <algorithm>
#include <thread>

namespace treewalk {

int ThreadCount::resolve(int count) {
  return count > 0 ? count : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

ThreadCount::ThreadCount(int count) {
  at::get_num_threads();  // LibTorch sets the calling thread's count on first use; later it must not undo ours
  before_ = omp_get_max_threads();
  omp_set_num_threads(resolve(count));
}

ThreadCount::~ThreadCount() { omp_set_num_threads(before_); }

}  // namespace treewalk
