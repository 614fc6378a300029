// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace treewalk {

constexpr std::int64_t kLanes = 16;  ///< lines that the running extremum takes side by side

struct Least {
  static constexpr float kNeutral = std::numeric_limits<float>::infinity();
  float operator()(float a, float b) const { return a < b ? a : b; }
};
struct Greatest {
  static constexpr float kNeutral = -std::numeric_limits<float>::infinity();
  float operator()(float a, float b) const { return a > b ? a : b; }
};

/// The running extremum of van Herk, Gil and Werman. forward: `padded` values of kLanes lines side by side, a whole
/// number of windows. Afterwards the extremum of the window that begins at value i is
/// Pick(backward[i], forward[i + window - 1]): lines are cut into pieces of the window's length, and every window is
/// the end of one piece and the start of the next.
template <class Pick>
void extrema_in_windows(std::int64_t padded, std::int64_t window, std::vector<float>& forward,
                        std::vector<float>& backward) {
  const Pick pick;
  backward = forward;
  for (std::int64_t begin = 0; begin < padded; begin += window) {
    for (std::int64_t i = begin + 1; i < begin + window; ++i)
      for (std::int64_t j = 0; j < kLanes; ++j)
        forward[i * kLanes + j] = pick(forward[(i - 1) * kLanes + j], forward[i * kLanes + j]);
    for (std::int64_t i = begin + window - 2; i >= begin; --i)
      for (std::int64_t j = 0; j < kLanes; ++j)
        backward[i * kLanes + j] = pick(backward[(i + 1) * kLanes + j], backward[i * kLanes + j]);
  }
}

}  // namespace treewalk
