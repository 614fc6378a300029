// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <thread>
#include <vector>

namespace program {

/// Runs work(first, last) on bands of rows, one thread each; threads 0: as many as the machine has cores.
template <class Work>
void in_bands(int rows, int threads, const Work& work) {
  if (threads <= 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  threads = std::clamp(threads, 1, std::max(1, rows / 64));
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t)
    others.emplace_back([&work, rows, threads, t] { work(rows * t / threads, rows * (t + 1) / threads); });
  work(0, rows / threads);
  for (auto& other : others) other.join();
}

}  // namespace program
