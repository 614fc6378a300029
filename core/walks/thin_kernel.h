// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

/// Leaves about `limit` of `count` positive values (at most one more, by rounding) and sets the others to 0, so that
/// every value keeps its expectation: those above a threshold stay as they are, those below stay with probability value
/// / threshold and then count as the threshold. No unbiased choice of as many has less total variance (Fearnhead and
/// Clifford, "On-line inference for hidden Markov models via particle filters", JRSS B 2003). The choice is systematic
/// along the values' order, from the share 0 <= share < 1: neighbours in that order stand in for each other.
HD inline void thin(double* value, std::int64_t count, std::int64_t limit, double share) {
  if (count <= limit) return;
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += value[i];
  // Whatever exceeds an equal share of what is left stays, which leaves less to share: at most `limit` rounds.
  double threshold = sum / double(limit);
  for (std::int64_t left = limit;;) {
    std::int64_t small = limit;
    double rest = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      if (value[i] > threshold)
        --small;
      else
        rest += value[i];
    }
    if (small >= left || small < 1) break;  // more than before: values that equal the threshold but for rounding
    left = small;
    threshold = rest / double(left);
  }
  double reached = share;  // of the small values so far, in thresholds
  for (std::int64_t i = 0; i < count; ++i) {
    if (value[i] > threshold) continue;
    const double next = reached + value[i] / threshold;
    value[i] = std::int64_t(next) > std::int64_t(reached) ? threshold : 0;
    reached = next;
  }
}

}  // namespace treewalk
