// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/cloud.h>
#include <treewalk/session.h>

#include <cstdint>
#include <string>
#include <vector>

#include "program.h"

/// What surveyors' files ask of `segment`: some of their points are not for the model, and the file goes on as it is.
namespace program {

struct LasOptions {
  bool use_noise = false;            ///< points of noise and withheld ones are shown to the model, and labelled
  std::vector<int> keep_classified;  ///< class codes of points that keep their class
  bool keep_input_classes = false;
  bool copc = false;  ///< a COPC goes on as a COPC
};
void add_las_options(Command& command, LasOptions& options);

/// Throws UsageError or Error for --copc where no COPC can be written.
void check_copc(const fs::path& input, const fs::path& output, const LasOptions& options);
/// Throws Error for a class of the model that the output's points cannot hold; that is known before any work.
void check_classes(const fs::path& input, const fs::path& output, const treewalk::ModelInfo& info);

/// The points of one cloud, with regard to what their file says of them.
class LasPoints {
 public:
  /// Of a cloud that has no classification as LAS has it, nothing is left out.
  LasPoints(const fs::path& input, const treewalk::Cloud& cloud, const LasOptions& options);

  /// Throws Error where the cloud cannot be written there: a pipe that is to go on as it was, or points without
  /// coordinates, which LAS does not know.
  void check_output(const fs::path& output, const treewalk::Cloud& cloud) const;

  /// Takes the coordinates of the points that the model must not see, and gives them back.
  void hide(treewalk::Cloud& cloud);
  void show(treewalk::Cloud& cloud);

  /// The points that the model may see and that have finite coordinates, ascending.
  std::vector<std::int32_t> shown(const treewalk::Cloud& cloud) const;

  /// The points that keep their class: those that were hidden are unknown, of others the class is the label. None of
  /// it is the model's, so its confidence is 0.
  void keep(treewalk::Segmentation& result, std::uint32_t unknown) const;

  /// Whether the output is the input's file again, with other classes, and not a cloud that was made of it.
  bool writes(const fs::path& output) const;
  /// written: 0 for points that are left out, or empty. object: the number of each point's, or empty.
  void write(const fs::path& output, const treewalk::Segmentation& result, std::uint32_t unknown,
             const std::vector<char>& written, const std::vector<std::uint32_t>& object);

  /// The input's file again with the number of each point's cluster.
  void write_cluster(const fs::path& output, const std::vector<std::uint32_t>& cluster, int threads) const;

  /// What to tell of it all: lines for the terminal.
  std::string summary() const;
  /// Points whose class in the file is another than before; -1: no such file was written.
  std::int64_t changed() const { return changed_; }

 private:
  enum Kind : char { for_model, hidden, kept };

  const fs::path input_;
  const LasOptions& options_;
  bool is_las_ = false, is_pipe_ = false;
  std::vector<char> kind_;                ///< of each point; empty: all are for the model
  std::vector<std::uint8_t> class_code_;  ///< of each point, where some are kept
  std::vector<double> x_;                 ///< of the hidden ones
  std::int64_t hidden_ = 0, kept_ = 0, changed_ = -1;
};

/// The class code of a label: points that the model does not know are unclassified.
inline std::uint32_t class_code(std::uint32_t label, std::uint32_t unknown) { return label == unknown ? 1 : label; }

}  // namespace program
