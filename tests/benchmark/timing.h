// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <vector>

namespace treewalk {

/// One side of a comparison.
struct Timing {
  const char* name;
  std::function<void()> work;
  std::vector<double> seconds{};

  double median() const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
  double least() const { return *std::min_element(seconds.begin(), seconds.end()); }
};

/// One line per side, each compared with the first.
inline void print(const std::vector<Timing>& sides) {
  for (const Timing& side : sides)
    std::printf("  %-24s median %8.2f ms, %5.1f times faster   least %8.2f ms, %5.1f times\n", side.name,
                side.median() * 1e3, sides[0].median() / side.median(), side.least() * 1e3,
                sides[0].least() / side.least());
}

/// Runs all sides in turn, so that a slow moment of the machine meets all of them; the first turn is not counted.
inline void measure(std::vector<Timing>& sides, int repetitions) {
  for (int turn = -1; turn < repetitions; ++turn)
    for (Timing& side : sides) {
      malloc_trim(0);  // what one side freed must not be tidied up in the time of the next
      const auto start = std::chrono::steady_clock::now();
      side.work();
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
      if (turn >= 0) side.seconds.push_back(elapsed.count());
    }
}

}  // namespace treewalk
