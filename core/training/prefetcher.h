// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace treewalk {

/// Makes the values of consecutive steps ahead of their use, in background threads. Values depend on the step only, so
/// the number of threads does not matter.
template <class Value>
class Prefetcher {
 public:
  Prefetcher(std::int64_t first, std::int64_t end, int threads, int ahead, std::function<Value(std::int64_t)> make)
      : next_made_(first), next_used_(first), end_(end), ahead_(ahead), make_(std::move(make)) {
    for (int t = 0; t < threads; ++t) threads_.emplace_back([this] { work(); });
  }
  ~Prefetcher() {
    {
      const std::lock_guard lock(mutex_);
      end_ = 0;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// The value of the next step; rethrows what making it threw.
  Value next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_.count(next_used_) > 0 || failure_; });
    if (failure_) std::rethrow_exception(failure_);
    auto node = ready_.extract(next_used_++);
    lock.unlock();
    changed_.notify_all();
    return std::move(node.mapped());
  }

 private:
  void work() {
    for (;;) {
      std::int64_t step;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return failure_ || next_made_ >= end_ || next_made_ < next_used_ + ahead_; });
        if (failure_ || next_made_ >= end_) return;
        step = next_made_++;
      }
      try {
        auto value = make_(step);
        const std::lock_guard lock(mutex_);
        ready_.emplace(step, std::move(value));
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
      }
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, Value> ready_;
  std::int64_t next_made_, next_used_, end_;
  int ahead_;
  std::exception_ptr failure_;
  std::function<Value(std::int64_t)> make_;
  std::vector<std::thread> threads_;
};

}  // namespace treewalk
