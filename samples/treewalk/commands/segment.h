// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/las_points.h"
#include "outputs.h"
#include "program.h"

namespace program {

/// What the command line of `segment` says.
struct Segment {
  std::string input, output, model, category, scale, png, html, json, csv;
  std::vector<std::string> keep, remove;
  float min_confidence = 0;
  std::optional<double> objects;
  std::optional<int> min_size, per_cluster;
  bool overwrite = false, resume = false;
  bool goes_on = false;               ///< an earlier run, whose outputs may be replaced
  bool apart = false, tiles = false;  ///< no files are neighbours; all are that hold points of one frame
  DrawingOptions drawing;
  LasOptions las;
  Common common;
};

}  // namespace program
