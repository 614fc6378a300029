// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <numeric>
#include <string>

namespace treewalk {

/// Mean losses of a training's first and last steps.
class LossTrend {
 public:
  explicit LossTrend(std::int64_t steps) : some_(std::max<std::int64_t>(1, steps / 10)) {}
  void add(double loss) {
    if (count_++ < some_) first_ += loss;
    last_.push_back(loss);
    if (static_cast<std::int64_t>(last_.size()) > some_) last_.pop_front();
  }
  /// Empty where the loss fell, or where there are too few steps to tell.
  std::string warning() const {
    if (count_ < 2 * some_) return {};
    const double last = std::accumulate(last_.begin(), last_.end(), 0.0);
    if (last <= first_) return {};
    char text[160];
    std::snprintf(text, sizeof text, "the loss ended at %.5f, above the %.5f that it began with; lower learning_rate",
                  last / double(some_), first_ / double(some_));
    return text;
  }

 private:
  std::int64_t some_, count_ = 0;
  double first_ = 0;
  std::deque<double> last_;
};

}  // namespace treewalk
