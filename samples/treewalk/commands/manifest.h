// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "program.h"

/// What a run over a folder has done so far, in a file beside its outputs, so that another run can go on with it.
namespace program {

struct Segment;

/// By which a file is known to be as it was.
struct FileState {
  std::uint64_t size = 0;
  std::int64_t modified = 0;  ///< as the file system counts it
  bool operator==(const FileState& other) const { return size == other.size && modified == other.modified; }
};
/// Throws Error for a file that is not there.
FileState state_of(const fs::path& file);

/// The options of `segment` on which outputs depend, by their names.
nlohmann::ordered_json options_that_matter(const Segment& options);

class Manifest {
 public:
  /// Of the outputs' folder.
  static fs::path file_in(const fs::path& folder);

  /// Nothing is written yet. What a run depends on: the model's file, options, and all inputs with their states.
  Manifest(fs::path folder, std::string model_sha256, nlohmann::ordered_json options,
           const std::vector<fs::path>& inputs, const std::vector<FileState>& states);

  /// Goes on with the run whose manifest is there. Throws Error that says what is other than it
  /// was.
  void go_on();
  /// Removes what a run that was killed was writing: files NAME.NUMBER-NUMBER.part beside these and the manifest.
  void remove_parts(const std::vector<fs::path>& outputs) const;
  /// The row of the report of an input whose outputs are all there, as large as they were.
  std::optional<nlohmann::ordered_json> row_of(const fs::path& input) const;
  /// Writes that none, or one more, is finished.
  void begin() const { write(); }
  void finish(const fs::path& input, const std::vector<fs::path>& outputs, const nlohmann::ordered_json& row);
  /// The run is complete: nothing is left of the manifest.
  void end() const;

 private:
  void write() const;

  fs::path folder_;
  nlohmann::ordered_json content_;
};

}  // namespace program
