// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace treewalk {

/// A thread that does jobs in turn. It is made for the first one, and sleeps while there is none.
class Worker {
 public:
  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();  ///< does all jobs first

  /// job: throws nothing.
  void start(std::function<void()> job);
  /// Until all jobs are done.
  void wait();

 private:
  void run();

  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;  // the first of them may be at work
  bool stop_ = false;
};

}  // namespace treewalk
