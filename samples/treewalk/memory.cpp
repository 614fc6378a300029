// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "memory.h"

#include <treewalk/io.h>
#include <treewalk/memory.h>

#include <algorithm>

#include "text.h"

namespace program {

namespace {

// Bytes that stages take at their most, by VmHWM on 10,000,000 points (docs/performance.md has the command). They are
// those of the largest things that live at a time, so they grow with what is asked for, not with what a cloud shows.

/// A run and what follows touch pages of libraries and of threads' stacks that loading a model did not.
constexpr std::int64_t kFirstUse = 28 << 20;
/// Of objects, for a point: its label and confidence, and where all are of one class, positions, a tree of boxes, sets
/// and numbers.
constexpr std::int64_t kObjects = 60;
/// A label and a confidence.
constexpr std::int64_t kResult = 8;
/// Of a point in a drawing, and what makes it; and what a picture and a page take beside it.
constexpr std::int64_t kDrawn = 19, kToDraw = 20, kPainted = 22, kOnPage = 56;
/// Of a picture's pixel: four samples' depth and colour while points are drawn; then images of depth and light, too.
constexpr std::int64_t kSamples = 32, kPixel = 44;
/// Of classifying, for a point of the cloud, and for those that the model sees.
constexpr std::int64_t kClassifyPoint = 40, kClassify = 32 << 20;
/// Of labelling, where the cloud has not been read yet, for a point and once: more than is needed.
constexpr std::int64_t kRun = 200, kAnyRun = 256 << 20;

std::int64_t megabytes(std::int64_t bytes) { return (bytes >> 20) + 1; }

/// What the run says that it needs at least.
std::int64_t least_of(treewalk::RunOptions options, const MemoryLimit::Run& work) {
  options.memory_mb = 1;
  options.progress = [](double, const std::string&) { return false; };
  try {
    work(options);
  } catch (const treewalk::TooLittleMemory& error) {
    return error.least_mb << 20;
  } catch (const treewalk::Cancelled&) {
  }
  return 1 << 20;
}

}  // namespace

std::int64_t bytes_of(const LaterStages& stages, std::int64_t points, std::size_t stride) {
  const auto before = static_cast<std::int64_t>(stride), added = static_cast<std::int64_t>(stages.new_bytes);
  const std::int64_t after = before + added;
  // Fields are added one after the other, by records that are wider; then the records without the old ones are packed,
  // and compressed where that makes them no smaller.
  std::int64_t most = (after - 4) + added + kResult;
  if (stages.objects) most = std::max(most, kObjects);
  if (stages.cloud) most = std::max(most, added + 2 * after + after / 32 + 1);
  if (stages.picture || stages.page) most = std::max(most, added + kDrawn + kToDraw);
  most *= points;
  const std::int64_t drawn = points * (kDrawn - before);
  const std::int64_t pixels = std::int64_t{stages.width} * stages.height;
  if (stages.picture) most = std::max(most, drawn + std::max(points * kPainted + pixels * kSamples, pixels * kPixel));
  if (stages.page) most = std::max(most, drawn + std::min(points, stages.most) * kOnPage);
  return most;
}

std::int64_t least_bytes_of(const Together& files) {
  return files.points * static_cast<std::int64_t>(files.stride) + files.reading;
}

std::int64_t bytes_of(const Together& files) {
  const std::int64_t joined = files.points * static_cast<std::int64_t>(files.stride);
  return std::max(joined + std::max(files.points * kRun + kAnyRun, files.reading),
                  files.points * kResult + files.writing);
}

std::int64_t bytes_to_classify(std::int64_t points, std::size_t) { return kClassifyPoint * points + kClassify; }

MemoryLimit::MemoryLimit(const treewalk::RunOptions& run)
    : mb_(run.memory_mb > 0 && treewalk::runs_on_cpu(run.device) ? run.memory_mb : 0) {}

void MemoryLimit::check_reading(const fs::path& file,
                                const std::function<std::int64_t(std::int64_t, std::size_t)>& after) const {
  if (mb_ == 0) return;
  release();
  const auto size = treewalk::cloud_size(file);
  const std::int64_t held = treewalk::resident_memory(), read = held + static_cast<std::int64_t>(size.to_read);
  if (read <= mb_ << 20) return;
  const std::int64_t cloud = size.points * static_cast<std::int64_t>(size.stride);
  const std::int64_t then = held + cloud + kAnyRun + std::max(after(size.points, size.stride), kRun * size.points);
  const std::int64_t enough = megabytes(std::max(read, then));
  throw treewalk::TooLittleMemory("--memory " + std::to_string(mb_) + " is too little to read '" + file.string() +
                                      "': that takes " + std::to_string(megabytes(read)) +
                                      " MB with the program itself, and for all of the work " + std::to_string(enough) +
                                      " are enough",
                                  enough);
}

std::int64_t MemoryLimit::room() const {
  if (mb_ == 0) return treewalk::available_memory() / 4 * 3;
  release();
  return (mb_ << 20) - treewalk::resident_memory() - kFirstUse;
}

void MemoryLimit::check_together(const std::string& what, const Together& files) const {
  if (mb_ == 0 || least_bytes_of(files) <= room()) return;
  const std::int64_t enough = megabytes((mb_ << 20) - room() + bytes_of(files));
  throw treewalk::TooLittleMemory(
      "--memory " + std::to_string(mb_) + " is too little " + what + ": " + std::to_string(enough) + " MB are enough",
      enough);
}

void MemoryLimit::run(const std::string& what, std::int64_t clouds, std::int64_t later, treewalk::RunOptions options,
                      const Run& work) const {
  if (mb_ == 0) return work(options);
  release();
  const std::int64_t held = treewalk::resident_memory() + kFirstUse + clouds, left = (mb_ << 20) - held;
  std::int64_t least = 0;
  options.memory_mb = left >> 20;
  if (options.memory_mb < 1 || later > left) {
    least = least_of(options, work);
  } else {
    try {
      work(options);
      return release();
    } catch (const treewalk::TooLittleMemory& error) {
      least = error.least_mb << 20;
    }
  }
  refuse(what, held, std::max(later, least));
}

void MemoryLimit::check(const fs::path& cloud, std::int64_t bytes) const {
  if (mb_ == 0) return;
  release();
  const std::int64_t held = treewalk::resident_memory() + kFirstUse;
  if (held + bytes > mb_ << 20) refuse("for '" + cloud.string() + "'", held, bytes);
}

void MemoryLimit::refuse(const std::string& what, std::int64_t held, std::int64_t more) const {
  constexpr std::int64_t kWhim = 4 << 20;  // what a process holds is not the same to the page each time
  const std::int64_t least = megabytes(held + more + kWhim);
  throw treewalk::TooLittleMemory("--memory " + std::to_string(mb_) + " is too little " + what + ": at least " +
                                      std::to_string(least) + " MB are needed, " + std::to_string(megabytes(held)) +
                                      " of them for the program and the points as they were read",
                                  least);
}

void MemoryLimit::release() const {
  if (mb_ > 0) treewalk::give_back_memory();
}

}  // namespace program
