// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/session.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands/batches.h"
#include "commands/labelled_cloud.h"
#include "commands/manifest.h"
#include "commands/segment.h"
#include "memory.h"
#include "units.h"

/// Runs the model of `segment`: on a cloud, or on files that are seen together.
namespace program {

/// A file of a folder, as it was when its points were looked at.
struct FolderFile {
  fs::path path;
  FileState state;
  std::int64_t points = 0;
  std::size_t stride = 0;
  std::int64_t to_read = 0;                           ///< bytes that reading takes at its most
  std::array<double, 3> viewpoint{}, scale{1, 1, 1};  ///< scale: to the model's units
  Footprint footprint;
};

class Labelling {
 public:
  /// Writes a file's results.
  using Row = nlohmann::ordered_json;

  Labelling(const Segment& options, std::shared_ptr<const treewalk::Model> model, const MemoryLimit& limit,
            const LabelledClouds& clouds);

  /// Reads, labels and writes one cloud that is seen alone.
  Row alone(const fs::path& input);

  /// Looks where a file's points are.
  FolderFile look_at(const fs::path& input);

  /// Labels the own files of a batch, each as if the points of all `files` were one cloud, and hands them on:
  /// done(file, row). A file that cannot be read any more is told of by unreadable(file, error), and the others are
  /// labelled without it and without those of which that is known; one that is labelled and cannot be written by
  /// failed(file, error). Throws TooLittleMemory, before anything is done, where the batch does not fit.
  struct Events {
    std::function<bool(std::size_t)> is_unreadable;
    std::function<void(std::size_t, const treewalk::Error&)> unreadable, failed;
    std::function<void(std::size_t, Row)> done;
  };
  void together(const std::vector<FolderFile>& files, const CellGrid& grid, const Batch& batch,
                const Events& events) const;

  /// What a batch takes, of which no more is known than its numbers of points.
  Together memory_of(const std::vector<FolderFile>& files, std::int64_t points) const;

 private:
  struct Joined;

  treewalk::Segmentation segment(const treewalk::CloudView& cloud, const std::array<double, 3>& scale,
                                 const std::string& who, const std::string& what, std::int64_t later,
                                 double& seconds) const;
  Joined read_joined(const std::vector<FolderFile>& files, const CellGrid& grid, const Batch& batch,
                     const Events& events) const;
  Row write_own(const FolderFile& file, const treewalk::Segmentation& all, std::size_t begin, std::size_t end,
                double seconds) const;
  treewalk::Cloud read_unchanged(const FolderFile& file) const;

  const Segment& options_;
  std::shared_ptr<const treewalk::Model> model_;
  const MemoryLimit& limit_;
  const LabelledClouds& clouds_;
  Units units_;
};

}  // namespace program
