// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/session.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "commands/las_points.h"
#include "commands/segment.h"
#include "commands/segment_report.h"
#include "memory.h"

/// What `segment` makes of a cloud that has been labelled.
namespace program {

class LabelledClouds {
 public:
  /// Checks names of outputs and classes before any work.
  LabelledClouds(const Segment& options, const std::shared_ptr<const treewalk::Model>& model, const MemoryLimit& limit);

  const Outputs& outputs() const { return outputs_; }
  const treewalk::ModelInfo& info() const { return info_; }
  /// The files that are written of an input.
  std::vector<fs::path> files_of(const fs::path& input) const;
  /// How the input is read: of a LAS file that is only labelled, no more than the model and its writing need.
  treewalk::ReadOptions reading(const fs::path& input) const;
  /// What comes after labelling, for so many points of so many bytes.
  std::int64_t bytes_after(std::int64_t points, std::size_t stride) const { return bytes_of(later_, points, stride); }
  /// Throws Error where the cloud cannot be written as it is to be.
  void check(const fs::path& input, const LasPoints& las, const treewalk::Cloud& cloud) const;

  /// Writes all that was asked for, and says what it was. result: of all points, as the model has it. Returns a row of
  /// the report. scale: from the cloud's unit to the model's.
  nlohmann::ordered_json write(const fs::path& input, treewalk::Cloud cloud, LasPoints& las,
                               treewalk::Segmentation result, double scale, double seconds) const;

 private:
  struct Told;

  LaterStages later_stages() const;
  bool draws() const { return !options_.png.empty() || !options_.html.empty(); }
  std::vector<std::uint32_t> object_classes() const;
  void label(treewalk::Cloud& cloud, treewalk::Segmentation& result, bool codes) const;
  std::vector<char> kept_points(const treewalk::Segmentation& result) const;
  void draw(const fs::path& input, const fs::path& output, treewalk::Cloud cloud,
            const treewalk::ModelInfo& legend) const;
  void print_summary(const fs::path& input, const treewalk::Segmentation& result, const Told& told,
                     const LasPoints& las) const;

  const Segment& options_;
  const treewalk::ModelInfo& info_;
  const MemoryLimit& limit_;
  Outputs outputs_;
  std::set<std::uint32_t> chosen_;
  LaterStages later_;
};

}  // namespace program
