// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "tests/sequoia_reference/surfaces.h"

namespace treewalk {

/// What one network takes for one cloud, and how large both are.
struct Figures {
  double seconds = 0, processor = 0, system = 0;  ///< per cloud: wall time; of all threads; the kernel's part of that
  double peak_mb = 0;                             ///< on top of the network and the clouds
  std::int64_t parameters = 0;
  double seen = 0;    ///< points that the network really saw
  double tokens = 0;  ///< nodes of its finest level: cells that are leaves, or points
};

/// How a row is measured.
struct Run {
  int threads = 1, repeat = 3;
  bool cloud_each = false;  ///< a cloud for each thread, and not all threads on one
  double memory_mb = 6000;  ///< also the limit of the release's process
};

/// Runs work in a child, so that one peak does not hide another and a lack of memory ends only one row; nothing when it
/// failed, which it has then said on stderr, or was killed.
std::optional<Figures> in_a_process_of_its_own(const std::function<Figures()>& work);

/// A line of /proc/self/status in MB.
double status_mb(const char* key);

/// Per cloud: medians of `repeat` runs of work(r) after one that does not count, and the memory they add at their peak.
/// small() before keeps code that is loaded once out of both.
Figures measured(const Run& run, const std::function<void()>& small, const std::function<void(int)>& work);

/// The times of a step of `clouds` clouds, shared among them.
Figures per_cloud(Figures figures, int clouds);

/// Clouds of the runs 0 .. repeat, all kinds in turn.
std::vector<sequoia_reference::Surface> surfaces_of_runs(std::int64_t points, int repeat);
/// What small() is given.
sequoia_reference::Surface small_surface();

}  // namespace treewalk
