// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>
#include <numeric>
#include <vector>

namespace treewalk {

/// One side of a comparison.
struct Timing {
  const char* name;
  std::function<void()> work;
  std::vector<double> seconds{}, processor{};  ///< wall time, and time of all threads together
  double kernel_seconds = 0;  ///< what the kernel took of the latter in all turns, for fresh pages above all

  static double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  }
  /// Of the processor time of a turn. The kernel tells the two apart by ticks, so the share is that of all turns.
  double system() const {
    const double all = std::accumulate(processor.begin(), processor.end(), 0.0);
    return all > 0 ? median(processor) * std::min(1.0, kernel_seconds / all) : 0;
  }
  double user() const { return median(processor) - system(); }
};

/// One line per side, each compared with the first. Processor time tells more than wall time on a busy machine.
inline void print(const std::vector<Timing>& sides) {
  const double wall = Timing::median(sides[0].seconds), processor = Timing::median(sides[0].processor);
  for (const Timing& side : sides)
    std::printf("  %-28s median %9.2f ms, %5.1f times faster   processor %9.2f ms, %5.1f times less (system %.2f ms)\n",
                side.name, Timing::median(side.seconds) * 1e3, wall / Timing::median(side.seconds),
                Timing::median(side.processor) * 1e3, processor / Timing::median(side.processor), side.system() * 1e3);
}

inline double processor_time() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// What the kernel took of it.
inline double system_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_stime.tv_sec) + 1e-6 * static_cast<double>(usage.ru_stime.tv_usec);
}

/// Runs all sides in turn, so that a slow moment of the machine meets all of them; the first turn is not counted.
inline void measure(std::vector<Timing>& sides, int repetitions) {
  for (int turn = -1; turn < repetitions; ++turn)
    for (Timing& side : sides) {
      malloc_trim(0);  // what one side freed must not be tidied up in the time of the next
      const auto start = std::chrono::steady_clock::now();
      const double used = processor_time(), in_kernel = system_time();
      side.work();
      const double busy = processor_time() - used, kernel = system_time() - in_kernel;
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
      if (turn < 0) continue;
      side.seconds.push_back(elapsed.count());
      side.processor.push_back(busy);
      side.kernel_seconds += kernel;
    }
}

}  // namespace treewalk
