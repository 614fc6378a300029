// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

namespace treewalk {

/// Number of threads that parallel work of the calling thread may use, restored at the end of the scope. Other
/// threads of the process are not affected. count 0: as many as the machine has cores. Within the scope LibTorch's own
/// operators keep to the calling thread: work is shared by our pool (pool.h), and their team of threads, which spins
/// while it waits, is never woken.
class ThreadCount {
 public:
  explicit ThreadCount(int count);
  ~ThreadCount();
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;
  static int resolve(int count);

 private:
  int before_, libraries_before_;
};

/// What the calling thread may use: its ThreadCount's number; outside of any, as many as LibTorch is set to.
int thread_count();

/// LibTorch's operators and the BLAS keep to the calling thread until the end of the scope.
class OneLibraryThread {
 public:
  OneLibraryThread();
  ~OneLibraryThread();
  OneLibraryThread(const OneLibraryThread&) = delete;
  OneLibraryThread& operator=(const OneLibraryThread&) = delete;

 private:
  int before_, blas_before_;
};

}  // namespace treewalk
