// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "treewalk/stage_time.h"

namespace treewalk {

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Seconds per named stage, in the order of first use.
class Stopwatch {
 public:
  void start(const std::string& stage) {
    stop();
    current_ = stage;
    begin_ = std::chrono::steady_clock::now();
  }
  void stop() {
    if (current_.empty()) return;
    const double seconds = seconds_since(begin_);
    auto at = std::find_if(times_.begin(), times_.end(), [&](const StageTime& t) { return t.name == current_; });
    if (at == times_.end()) at = times_.insert(times_.end(), StageTime{current_, 0});
    at->seconds += seconds;
    current_.clear();
  }
  std::vector<StageTime> times() {
    stop();
    return times_;
  }

 private:
  std::string current_;
  std::chrono::steady_clock::time_point begin_;
  std::vector<StageTime> times_;
};

}  // namespace treewalk
