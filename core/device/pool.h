// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

namespace treewalk {

/// Threads of the process that share parallel work, made when first needed. They spin for some microseconds after a
/// piece of work and then sleep, so that they leave their cores to others. Whoever has work to share takes part in it
/// and waits only for tasks that a thread has begun: what a late thread has not begun, the caller does itself.
///
/// Runs task(object, i) for i = 0..tasks-1 in turn as up to thread_count() threads become free, the calling one among
/// them; within a task, with one thread, to which LibTorch's operators and the BLAS keep too. After an exception no
/// more are begun, and it is thrown; of several, one.
void run_in_pool(std::int64_t tasks, void (*task)(const void* object, std::int64_t i), const void* object);

/// Whether the calling thread is at work on a task of the pool.
bool in_pool_task();

template <class Task>
void run_in_pool(std::int64_t tasks, const Task& task) {
  run_in_pool(
      tasks, [](const void* object, std::int64_t i) { (*static_cast<const Task*>(object))(i); }, &task);
}

}  // namespace treewalk
