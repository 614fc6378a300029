// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/session.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "commands/labelled_cloud.h"
#include "commands/labelling.h"
#include "commands/manifest.h"
#include "commands/segment.h"
#include "memory.h"

/// `segment` over a folder: which files see each other, in which order they are labelled, what is done already.
namespace program {

class FolderRun {
 public:
  FolderRun(const Segment& options, const std::shared_ptr<const treewalk::Model>& model, const MemoryLimit& limit,
            const LabelledClouds& clouds);

  /// Labels what is to be labelled, and tells of all files. A file that fails is a warning, and the others go on.
  void run();
  /// A row for each file that did not fail, in the order of their names.
  nlohmann::ordered_json rows() const;
  /// Ends a run whose reports have been written. Throws Error that says how many files failed, if any did.
  void end();

 private:
  using Files = std::vector<std::size_t>;  ///< by their places in inputs

  bool may_have_neighbours(std::size_t file) const;
  void look_at(const Files& candidates);
  void label_alone(std::size_t file);
  void label_neighbours(const Files& files);
  void label_batch(const std::vector<FolderFile>& files, const Files& place, const std::vector<Footprint>& footprints,
                   const CellGrid& grid, const Batch& batch);
  void done(std::size_t file, nlohmann::ordered_json row);
  void failed(std::size_t file, const treewalk::Error& error);
  void unreadable(std::size_t file, const treewalk::Error& error);
  void tell_of_gap(std::size_t file) const;
  bool is_wanted(std::size_t file) const { return row_.count(file) + failed_.count(file) == 0; }

  const Segment& options_;
  const MemoryLimit& limit_;
  const LabelledClouds& clouds_;
  const std::vector<fs::path>& inputs_;
  Labelling labelling_;
  double reach_;  ///< in the model's units
  std::vector<FileState> state_;
  std::optional<Manifest> manifest_;
  std::map<std::size_t, nlohmann::ordered_json> row_;
  std::map<std::size_t, FolderFile> file_;     ///< those that may have neighbours
  std::set<std::size_t> failed_, unreadable_;  ///< unreadable files have failed, and are nobody's neighbours
  Failures failures_;
  int batches_ = 0;
};

}  // namespace program
