// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "drawing/drawing.h"
#include "program.h"

/// How `segment` and `view` write pictures and pages, and where outputs go when a folder is processed.
namespace program {

/// What a user may say about pictures and pages.
struct DrawingOptions {
  std::string color = "auto", background = "white", size = "1600x1000", from;
  double point_size = 1;
  std::int64_t most = 1000000;
};
void add_drawing_options(Command& command, DrawingOptions& options);
/// Throws UsageError for a size or a direction that makes no sense.
void check(const DrawingOptions& options);
/// Pixels a row, and rows.
std::pair<int, int> picture_size(const DrawingOptions& options);

void write_picture(const fs::path& file, const Drawing& drawing, const DrawingOptions& options, const Common& common);
/// Thins the drawing to the number of points that a page may hold.
void write_page(const fs::path& file, Drawing drawing, const DrawingOptions& options, const std::string& note);
/// Checks what --json says: nothing, a file, or "-" for standard output, where then nothing else is written: the lines
/// for people go to standard error.
void prepare_json(const std::string& file, bool overwrite);
void write_json(const std::string& file, const nlohmann::ordered_json& value);

/// Maps inputs to outputs. For one input file an output is the name given; for a folder it is a folder, made when
/// needed, in which every input keeps its relative path.
///
/// The inputs are listed when the object is made, so that no output becomes one.
class Outputs {
 public:
  /// overwrite: whether files that exist may be replaced. clouds: the output that clouds go to, which is no input.
  Outputs(const fs::path& input, bool overwrite, const fs::path& clouds = {});
  bool many() const { return many_; }
  const std::vector<fs::path>& inputs() const { return inputs_; }
  /// Checks an output's name, and whether its files exist, before any work is done; "" is no output. For a folder:
  /// makes it. extension: as for `file`.
  void prepare(const std::string& output, const std::vector<std::string>& extensions, const std::string& option,
               const std::string& extension) const;
  /// The file for this input; with an empty extension it keeps the input's, but clouds of meshes are .pcd. Where two
  /// inputs differ in no more than their extensions, these become a part of the name.
  fs::path file(const std::string& output, const fs::path& input, const std::string& extension) const;
  /// The same, when its folder has been made.
  fs::path place(const std::string& output, const fs::path& input, const std::string& extension) const;

 private:
  fs::path input_;
  bool many_, overwrite_;
  std::vector<fs::path> inputs_;
  std::set<fs::path> shared_;  ///< without their extensions: inputs of which there are several
};

/// A field of the input that the result's field would replace goes on as NAME_input, or in later runs as NAME_input_2,
/// NAME_input_3, ...
void set_aside(treewalk::Cloud& cloud, const std::string& name);

/// Clouds of a folder that failed, while the others go on.
class Failures {
 public:
  /// Reports it as a warning.
  void add(const treewalk::Error& error);
  /// Throws one Error that says how many of the clouds failed, if any did.
  void check(std::size_t clouds) const;
  bool any() const { return failed_ > 0; }

 private:
  std::size_t failed_ = 0;
  std::string first_;
  std::int64_t memory_mb_ = 0;  ///< that the one takes which failed for want of it, and needs most
};

/// Runs `work` on every cloud. Of those in a folder (`many`), a cloud that fails is reported as a warning and the
/// others go on; at the end one Error says how many failed.
void for_each_cloud(const std::vector<fs::path>& clouds, bool many, const std::function<void(const fs::path&)>& work);

}  // namespace program
