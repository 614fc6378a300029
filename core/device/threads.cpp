// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/threads.h"

#include <ATen/Parallel.h>
#include <omp.h>

#include <algorithm>
#include <thread>

extern "C" int MKL_Set_Num_Threads_Local(int) __attribute__((weak));

namespace treewalk {
namespace {

thread_local int own_count = 0;  // 0: no ThreadCount is there

/// Sets how many threads LibTorch's operators may use in the calling thread; returns how many it was.
int set_library_threads(int count) {
  at::get_num_threads();  // LibTorch sets the calling thread's count on first use; later it must not undo ours
  const int before = omp_get_max_threads();
  omp_set_num_threads(count);
  return before;
}

}  // namespace

int ThreadCount::resolve(int count) {
  return count > 0 ? count : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

ThreadCount::ThreadCount(int count) : before_(own_count), libraries_before_(set_library_threads(1)) {
  own_count = resolve(count);
}

ThreadCount::~ThreadCount() {
  own_count = before_;
  omp_set_num_threads(libraries_before_);
}

int thread_count() { return own_count > 0 ? own_count : at::get_num_threads(); }

OneLibraryThread::OneLibraryThread()
    : before_(set_library_threads(1)), blas_before_(MKL_Set_Num_Threads_Local ? MKL_Set_Num_Threads_Local(1) : 0) {}

OneLibraryThread::~OneLibraryThread() {
  omp_set_num_threads(before_);
  if (MKL_Set_Num_Threads_Local) MKL_Set_Num_Threads_Local(blas_before_);
}

}  // namespace treewalk
