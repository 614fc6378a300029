// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/scratch.h>
#include <treewalk/session.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "program.h"

/// What `--memory` says: how much the whole process may have in memory at a time; and what `--scratch` says: where what
/// memory has no room for is kept, which is as long as clouds. Errors about memory are TooLittleMemory.
namespace program {

/// What comes after a cloud has been labelled.
struct LaterStages {
  bool objects = false, cloud = false, picture = false, page = false;  ///< finds or writes them
  std::size_t new_bytes = 8;                                           ///< that fields add to a point's record
  int width = 0, height = 0;                                           ///< of the picture
  std::int64_t most = 0;                                               ///< points of the page
};
/// The most that any of these takes beside the cloud as it was read, in bytes. stride: of its records.
std::int64_t bytes_of(const LaterStages& stages, std::int64_t points, std::size_t stride);

/// Empties a vector, which by itself would keep its room.
template <class T>
void free_memory_of(std::vector<T>& values) {
  std::vector<T>().swap(values);
}

/// What classifying a cloud takes beside it.
std::int64_t bytes_to_classify(std::int64_t points, std::size_t stride);

/// Files that are labelled together, one of which is read or written at a time.
struct Together {
  std::int64_t points = 0;                ///< of all that the model sees
  std::size_t stride = 0;                 ///< of each of them
  std::int64_t reading = 0, writing = 0;  ///< what the largest file takes beside them
};
/// What they take at their most, in tiles.
std::int64_t bytes_of(const Together& files);
/// What no run can do without: all points, and a file from which some of them are read.
std::int64_t least_bytes_of(const Together& files);

class MemoryLimit {
 public:
  using Run = std::function<void(const treewalk::RunOptions&)>;

  /// run: with what the user said. 0 MB are no limit; where a model runs on a GPU it is that of the GPU's memory, and
  /// the process has none. scratch: a folder, or empty; with it 0 MB are three quarters of what is free.
  explicit MemoryLimit(const treewalk::RunOptions& run, const std::string& scratch = "");

  /// Throws Error for a file that is too large to be read so. after: what comes then takes, for so many points of so
  /// many bytes. whole: a model sees all of it at once, of which no more is known before it was read.
  void check_reading(const fs::path& file, const treewalk::ReadOptions& reading,
                     const std::function<std::int64_t(std::int64_t points, std::size_t stride)>& after,
                     bool whole = false) const;

  /// Throws Error where the process, with the cloud that was read, or the scratch has no room for so many bytes more.
  void check(const fs::path& cloud, std::int64_t bytes) const;

  /// Bytes that the process may take beside what it has; without a limit three quarters of what is free; with a scratch
  /// what that has room for.
  std::int64_t room() const;

  /// Throws Error that names a limit which is enough where the least that files take together is more than may be.
  void check_together(const std::string& what, const Together& files) const;

  /// work(options) with what a run may take where the process keeps what it has, `clouds` bytes are read meanwhile, and
  /// `later` bytes are taken afterwards. Throws Error that names the least limit where that is too little, before
  /// anything is done: the run throws TooLittleMemory before it tells of any progress. what: "for ..."
  void run(const std::string& what, std::int64_t clouds, std::int64_t later, treewalk::RunOptions options,
           const Run& work) const;

  /// Gives what was freed back to the system, so that it does not count.
  void release() const;

 private:
  void check_space(const std::string& what, std::int64_t bytes) const;
  [[noreturn]] void refuse(const std::string& what, std::int64_t held, std::int64_t more,
                           const std::string& reason) const;
  std::int64_t mb_;
  std::string folder_;
  std::unique_ptr<treewalk::Scratch> scratch_;
};

}  // namespace program
