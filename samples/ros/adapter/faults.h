// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <chrono>
#include <string>

namespace treewalk_ros {

/// What was said of broken inputs, so that the same is not said for each of them. ROS's own throttles have one clock
/// for each place in the source, which all nodelets of a manager would share.
class Faults {
 public:
  /// Seconds until the same fault is news again.
  explicit Faults(double period) : period_(period) {}

  bool isNews(const std::string& fault) {
    const auto now = std::chrono::steady_clock::now();
    if (fault == last_ && now < said_at_ + period_) return false;
    last_ = fault;
    said_at_ = now;
    return true;
  }

 private:
  std::chrono::duration<double> period_;
  std::string last_;
  std::chrono::steady_clock::time_point said_at_;
};

}  // namespace treewalk_ros
