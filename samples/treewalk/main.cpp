// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
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

std::string usage_hint(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) return " (see treewalk " + command->get_name() + " --help)";
  return " (see treewalk --help)";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Learned segmentation and classification of point clouds.", "treewalk");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  program::Task task;
  program::add_segment(app, task);
  program::add_classify(app, task);
  program::add_train(app, task);
  program::add_evaluate(app, task);
  program::add_graph(app, task);
  program::add_octree(app, task);
  program::add_view(app, task);
  program::add_info(app, task);
  try {
    app.parse(argc, argv);
    program::catch_interrupts();
    task();
    if (std::fflush(stdout) != 0) return fail(1, "cannot write to standard output");
    return 0;
  } catch (const CLI::CallForHelp& request) {
    return app.exit(request);
  } catch (const CLI::CallForAllHelp& request) {
    return app.exit(request);
  } catch (const CLI::ParseError& error) {
    return fail(2, error.what() + usage_hint(app));
  } catch (const program::UsageError& error) {
    return fail(2, error.what() + usage_hint(app));
  } catch (const std::bad_alloc&) {
    return fail(1, "out of memory; a lower --memory makes segment work in smaller tiles");
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}
