// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <treewalk/scratch.h>
#include <treewalk/session.h>

#include <csignal>
#include <cstdio>
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

}  // namespace

int main(int argc, char** argv) {
  program::CommandLine line([] {
    const std::string build = treewalk::build_information();
    return build.substr(0, build.find('\n'));
  });
  program::add_segment(line);
  program::add_classify(line);
  program::add_clusters(line);
  program::add_train(line);
  program::add_evaluate(line);
  program::add_graph(line);
  program::add_octree(line);
  program::add_raster(line);
  program::add_view(line);
  program::add_info(line);
  try {
    const program::Task task = line.parse(argc, argv);
    program::catch_interrupts();
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is an error of writing
    if (task) task();
    return std::fflush(stdout) == 0 ? 0 : fail(1, "cannot write to standard output");
  } catch (const program::UsageError& error) {
    return fail(2, error.what() + line.hint());
  } catch (const std::bad_alloc&) {
    return fail(1, treewalk::Scratch::failure(
                       "out of memory; a lower --memory makes segment work in smaller tiles, or says what is needed"));
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}
