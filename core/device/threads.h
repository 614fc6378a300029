// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

namespace treewalk {

/// Number of threads that parallel work of the calling thread may use, restored at the end of the scope. Other
/// threads of the process are not affected. count 0: as many as the machine has cores.
class ThreadCount {
 public:
  explicit ThreadCount(int count);
  ~ThreadCount();
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;
  static int resolve(int count);

 private:
  int before_;
};

}  // namespace treewalk
