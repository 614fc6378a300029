// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// How long a frame takes while other processes want the cores: alone, beside BUSY processes that never rest, and alone
// again. The timed part is Session::segment of one cloud in memory; the clouds are taken in turn.
//   busy_benchmark MODEL FRAMES BUSY THREADS CLOUD...
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include "treewalk/io.h"
#include "treewalk/session.h"

using namespace treewalk;

namespace {

/// Processes that compute until the object is gone.
class BusyProcesses {
 public:
  explicit BusyProcesses(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t child = fork();
      if (child == 0)
        for (volatile unsigned turn = 0;;) turn = turn + 1;
      if (child > 0) children_.push_back(child);
    }
  }
  ~BusyProcesses() {
    for (const pid_t child : children_) kill(child, SIGKILL);
    for (const pid_t child : children_) waitpid(child, nullptr, 0);
  }
  BusyProcesses(const BusyProcesses&) = delete;
  BusyProcesses& operator=(const BusyProcesses&) = delete;

 private:
  std::vector<pid_t> children_;
};

/// Milliseconds of each frame, sorted.
std::vector<double> times_of(const Session& session, const std::vector<Cloud>& clouds, int frames) {
  std::vector<double> times;
  for (int f = -3; f < frames; ++f) {
    const auto start = std::chrono::steady_clock::now();
    session.segment(clouds[(f + 3) % clouds.size()].view());
    const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
    if (f >= 0) times.push_back(spent.count());
  }
  std::sort(times.begin(), times.end());
  return times;
}

double share(const std::vector<double>& sorted, double part) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * sorted.size()))];
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 6) return std::puts("usage: busy_benchmark MODEL FRAMES BUSY THREADS CLOUD..."), 2;
  const int frames = std::max(1, std::atoi(argv[2])), busy = std::atoi(argv[3]);
  RunOptions options;
  options.threads = std::atoi(argv[4]);
  const Session session(load_model(argv[1]), options);
  std::vector<Cloud> clouds;
  for (int i = 5; i < argc; ++i) clouds.push_back(read_cloud(argv[i]));
  double quiet = 0;
  for (const int others : {0, busy, 0}) {
    const BusyProcesses processes(others);
    const auto times = times_of(session, clouds, frames);
    if (quiet == 0) quiet = share(times, 0.5);
    std::printf("beside %d busy processes: median %.1f ms (%.2f), 99 %% %.1f ms (%.2f), longest %.1f ms\n", others,
                share(times, 0.5), share(times, 0.5) / quiet, share(times, 0.99), share(times, 0.99) / quiet,
                times.back());
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
