// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include "program.h"
#include "text.h"

namespace {

/// The one line that every failure prints.
int fail(int status, const std::string& sentence) {
  const std::string line = sentence.substr(0, sentence.find('\n'));  // what follows is for debuggers
  std::fprintf(stderr, "treewalk: error: %s\n", program::printable(line).c_str());
  return status;
}

/// Idle threads of OpenMP spin by default, which costs whatever else runs (the threads that prepare training clouds, a
/// robot's other nodes) its cores, and on a busy machine makes every parallel loop wait for its slowest turn. The
/// OpenMP library reads its environment when it is loaded, before main, so the program starts once more with it set.
void let_idle_threads_sleep(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  if (setenv("OMP_WAIT_POLICY", "passive", 1) == 0) execv("/proc/self/exe", argv);
  // Where that fails the program goes on, only less politely.
}

}  // namespace

int main(int argc, char** argv) {
  let_idle_threads_sleep(argv);
  program::CommandLine line;
  program::add_segment(line);
  program::add_classify(line);
  program::add_train(line);
  program::add_evaluate(line);
  program::add_graph(line);
  program::add_octree(line);
  program::add_view(line);
  program::add_info(line);
  try {
    const program::Task task = line.parse(argc, argv);
    program::catch_interrupts();
    if (task) task();
    return std::fflush(stdout) == 0 ? 0 : fail(1, "cannot write to standard output");
  } catch (const program::UsageError& error) {
    return fail(2, error.what() + line.hint());
  } catch (const std::bad_alloc&) {
    return fail(1, "out of memory; a lower --memory makes segment work in smaller tiles");
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}
