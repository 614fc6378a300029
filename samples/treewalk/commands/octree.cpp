// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <treewalk/structure.h>

#include <cstdio>
#include <memory>

#include "program.h"
#include "progress.h"
#include "text.h"

namespace program {

namespace {

struct OctreeOptions {
  std::string input;
  int depth = 10;
  Common common;
};

/// A length with the digits that a cell size deserves.
std::string length(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string per(std::size_t a, std::size_t b) {
  return b ? fixed(static_cast<double>(a) / static_cast<double>(b), 2) : "-";
}

void run(const OctreeOptions& options) {
  const auto cloud = read(options.input);
  const ProgressLine clock(options.input, cloud.size(), options.common.quiet);
  const auto octree = treewalk::octree(cloud.view(), options.depth, options.common.run.threads);
  const double seconds = clock.seconds();
  const std::size_t points = octree.order.size();
  Table table({"depth", "cell size", "cells", "points/cell", "children/cell"});
  for (std::size_t l = octree.level.size(); l-- > 0;) {  // from the root down
    const auto& level = octree.level[l];
    table.add({std::to_string(octree.level.size() - 1 - l), length(level.cell_size),
               grouped(static_cast<std::int64_t>(level.key.size())), per(points, level.key.size()),
               l > 0 ? per(octree.level[l - 1].key.size(), level.key.size()) : "-"});
  }
  std::fputs(table.text().c_str(), stdout);
  const auto left_out = static_cast<std::int64_t>(octree.leaf.size() - points);
  if (options.common.quiet) return;
  std::printf("%s%s in %s (%s points/s)\n", plural(static_cast<std::int64_t>(points), "point").c_str(),
              left_out ? (" (" + grouped(left_out) + " without a finite position left out)").c_str() : "",
              duration(seconds).c_str(), rate(static_cast<double>(points) / seconds).c_str());
}

}  // namespace

void add_octree(CommandLine& line) {
  auto options = std::make_shared<OctreeOptions>();
  Command command = line.add("octree", "Build the fixed octree of a cloud and show its levels.");
  command.positional("IN", options->input, "cloud (.pcd, .ply, .las, .laz, .off), also from a pipe").required();
  command.option("--depth", options->depth, "D", "how often the cube around the cloud is halved").range(0, 20);
  add_threads(command, options->common.run.threads, options->common.quiet);
  command.example("treewalk octree scan.pcd");
  command.does([options] { run(*options); });
}

}  // namespace program
