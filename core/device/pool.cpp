// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/pool.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "core/device/threads.h"

namespace treewalk {
namespace {

constexpr int kSpins = 2000;  // some 40 microseconds: to sleep and to be woken costs a frame of many short steps more
constexpr int kMostThreads = 256;

thread_local bool in_task = false;

inline void pause_core() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

template <class Condition>
bool spin_until(const Condition& condition) {
  for (int i = 0; i < kSpins; ++i) {
    if (condition()) return true;
    pause_core();
  }
  return false;
}

/// Tasks of one caller, on its stack.
struct Job {
  void (*task)(const void*, std::int64_t);
  const void* object;
  std::int64_t tasks;
  int helpers;                        ///< threads that may still join; guarded by the pool's mutex
  std::atomic<std::int64_t> next{0};  ///< the first task that nobody has begun
  std::atomic<int> inside{0};         ///< threads of the pool that are at work on it
  std::mutex failure{};
  std::exception_ptr error{};

  void work() {
    try {
      for (std::int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) task(object, i);
    } catch (...) {
      next = tasks;
      const std::lock_guard<std::mutex> lock(failure);
      error = std::current_exception();
    }
  }
};

class Pool {
 public:
  void run(Job& job) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      hire(job.helpers);
      jobs_.push_back(&job);
      posted_.fetch_add(1, std::memory_order_release);
      for (int i = std::min(job.helpers, asleep_); i > 0; --i) wake_.notify_one();
    }
    job.work();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      job.helpers = 0;
      jobs_.erase(std::find(jobs_.begin(), jobs_.end(), &job));
    }
    const auto finished = [&] { return job.inside.load(std::memory_order_acquire) == 0; };
    if (spin_until(finished)) return;
    std::unique_lock<std::mutex> lock(mutex_);
    finished_.wait(lock, finished);
  }

 private:
  /// Sees to it that there are as many threads, as far as the system has them: without, the caller does all.
  void hire(int threads) {
    try {
      for (; threads_ < std::min(threads, kMostThreads); ++threads_) std::thread([this] { serve(); }).detach();
    } catch (const std::system_error&) {
    }
  }

  void serve() {
    in_task = true;
    const OneLibraryThread alone;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      Job* const job = open_job();
      if (job != nullptr) {
        --job->helpers;
        job->inside.fetch_add(1, std::memory_order_relaxed);
        lock.unlock();
        job->work();
        lock.lock();
        job->inside.fetch_sub(1, std::memory_order_release);  // from here on the job may be gone
        finished_.notify_all();
        continue;
      }
      const auto seen = posted_.load(std::memory_order_relaxed);
      lock.unlock();
      const bool more = spin_until([&] { return posted_.load(std::memory_order_acquire) != seen; });
      lock.lock();
      if (more || posted_.load(std::memory_order_relaxed) != seen) continue;
      ++asleep_;
      wake_.wait(lock);
      --asleep_;
    }
  }

  Job* open_job() {
    for (Job* job : jobs_)
      if (job->helpers > 0 && job->next.load(std::memory_order_relaxed) < job->tasks) return job;
    return nullptr;
  }

  std::mutex mutex_;
  std::condition_variable wake_, finished_;
  std::vector<Job*> jobs_;
  std::atomic<std::uint64_t> posted_{0};  ///< jobs so far
  int threads_ = 0, asleep_ = 0;
};

/// Never destroyed: its threads use it until the process ends. A forked child has none of them, and gets a new one.
Pool*& pool() {
  static Pool* the_pool = [] {
    pthread_atfork(nullptr, nullptr, [] { pool() = new Pool; });
    return new Pool;
  }();
  return the_pool;
}

class InTask {
 public:
  InTask() { in_task = true; }
  ~InTask() { in_task = false; }
  InTask(const InTask&) = delete;
  InTask& operator=(const InTask&) = delete;
};

}  // namespace

bool in_pool_task() { return in_task; }

void run_in_pool(std::int64_t tasks, void (*task)(const void* object, std::int64_t i), const void* object) {
  const auto helpers = in_task ? 0 : std::min<std::int64_t>(thread_count(), tasks) - 1;
  const OneLibraryThread alone;  // also of one task: what a library shares by the number of threads rounds by it
  if (helpers <= 0) {
    for (std::int64_t i = 0; i < tasks; ++i) task(object, i);
    return;
  }
  Job job{task, object, tasks, static_cast<int>(helpers)};
  {
    const InTask guard;
    pool()->run(job);
  }
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace treewalk
