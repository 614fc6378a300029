// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/small_scenes.h"

namespace treewalk::test {

/// How a process ended.
struct Ended {
  bool killed = false;  ///< by a signal, or by us because it took too long
  bool late = false;    ///< it took too long
  std::string error;    ///< what it threw; empty: it went well
};

/// work(rank) in as many processes, started by fork: the process of the tests must not have used LibTorch's or our
/// threads before, so all work of such a test goes into them.
inline std::vector<Ended> in_processes(int count, const std::function<void(int)>& work, double seconds = 120) {
  const TemporaryFolder folder;
  const auto file_of = [&](int rank) { return folder / ("error" + std::to_string(rank)); };
  std::vector<pid_t> children;
  for (int rank = 0; rank < count; ++rank) {
    const pid_t child = fork();
    if (child == 0) {
      try {
        work(rank);
      } catch (const std::exception& error) {
        std::ofstream(file_of(rank)) << error.what();
      }
      _exit(0);
    }
    children.push_back(child);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  std::vector<Ended> ended;
  for (int rank = 0; rank < count; ++rank) {
    Ended one;
    int status = 0;
    while (waitpid(children[static_cast<std::size_t>(rank)], &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > deadline) {
        one.late = true;
        kill(children[static_cast<std::size_t>(rank)], SIGKILL);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    one.killed = WIFSIGNALED(status);
    one.error = content(file_of(rank));
    ended.push_back(one);
  }
  return ended;
}

}  // namespace treewalk::test
