// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "memory.h"

#include <malloc.h>
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
/// Of arrays in a scratch, which are worked on a part at a time, the parts that should be in memory meanwhile; and the
/// share of the limit that is theirs where that is more.
constexpr std::int64_t kWindow = 32 << 20, kWindowShare = 3;
/// Of a cloud of which nothing but its bytes is known, what a run may take in a scratch.
constexpr std::int64_t kTimesRead = 5;

std::int64_t megabytes(std::int64_t bytes) { return (bytes >> 20) + 1; }

/// Beside arrays in a scratch, what comes of work that says nothing of the memory that it takes.
constexpr std::int64_t kWorking = 128 << 20;

/// Arrays longer than that go back to the system when they are freed, where memory has a limit.
constexpr int kKept = 4 << 20;

/// What a refused run gives as its reason behind the limit that it names; empty where it gives none.
std::string reason_of(const treewalk::TooLittleMemory& error) {
  const std::string said = error.what(), mark = " MB are enough";
  const auto at = said.find(mark);
  return at == std::string::npos ? "" : said.substr(at + mark.size());
}

/// What the run says that it needs at least.
std::int64_t least_of(treewalk::RunOptions options, const MemoryLimit::Run& work, std::string& reason) {
  options.memory_mb = 1;
  options.progress = [](double, const std::string&) { return false; };
  try {
    work(options);
  } catch (const treewalk::TooLittleMemory& error) {
    reason = reason_of(error);
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

MemoryLimit::MemoryLimit(const treewalk::RunOptions& run, const std::string& scratch)
    : mb_(run.memory_mb > 0 && treewalk::runs_on_cpu(run.device) ? run.memory_mb : 0), folder_(scratch) {
  // By itself glibc keeps freed arrays of up to 32 MB, and holes among them count as memory that the process has. Who
  // keeps arrays in a scratch sees to that.
  if (mb_ > 0 && scratch.empty()) {
    mallopt(M_MMAP_THRESHOLD, kKept);
    return;
  }
  treewalk::keep_freed_memory();
  if (scratch.empty()) return;
  const std::int64_t free = treewalk::resident_memory() + treewalk::available_memory() / 4 * 3;
  scratch_ = std::make_unique<treewalk::Scratch>(scratch, mb_ > 0 ? mb_ : free >> 20);
  if (mb_ == 0 && treewalk::runs_on_cpu(run.device)) mb_ = free >> 20;
}

void MemoryLimit::check_reading(const fs::path& file, const treewalk::ReadOptions& reading,
                                const std::function<std::int64_t(std::int64_t, std::size_t)>& after, bool whole) const {
  if (mb_ == 0 && !scratch_) return;
  release();
  const auto size = treewalk::cloud_size(file, reading);
  if (scratch_) {
    const std::int64_t held = treewalk::resident_memory() + kFirstUse;
    if (mb_ > 0 && held + kWindow > mb_ << 20) refuse("to read '" + file.string() + "'", held + kWindow, 0, "");
    return check_space(
        "for '" + file.string() + "'",
        static_cast<std::int64_t>(size.to_read) + std::max(after(size.points, size.stride), kRun * size.points));
  }
  const std::int64_t held = treewalk::resident_memory(), read = held + static_cast<std::int64_t>(size.to_read);
  if (read <= mb_ << 20) return;
  const std::int64_t cloud = size.points * static_cast<std::int64_t>(size.stride);
  const std::int64_t later = after(size.points, size.stride);
  const std::int64_t then = held + cloud + (whole ? kFirstUse + later : kAnyRun + std::max(later, kRun * size.points));
  const std::int64_t enough = megabytes(std::max(read, then));
  throw treewalk::TooLittleMemory(
      "--memory " + std::to_string(mb_) + " is too little to read '" + file.string() + "': that takes " +
          std::to_string(megabytes(read)) + " MB with the program itself, and for all of the work " +
          (whole ? "at least " + std::to_string(enough) + " are needed" : std::to_string(enough) + " are enough") +
          "; --scratch DIR keeps points on a disk",
      enough);
}

std::int64_t MemoryLimit::room() const {
  if (scratch_) return scratch_->space();
  if (mb_ == 0) return treewalk::available_memory() / 4 * 3;
  release();
  return (mb_ << 20) - treewalk::resident_memory() - kFirstUse;
}

void MemoryLimit::check_together(const std::string& what, const Together& files) const {
  if (scratch_) return check_space(what, bytes_of(files));
  if (mb_ == 0 || least_bytes_of(files) <= room()) return;
  const std::int64_t enough = megabytes((mb_ << 20) - room() + bytes_of(files));
  throw treewalk::TooLittleMemory("--memory " + std::to_string(mb_) + " is too little " + what + ": " +
                                      std::to_string(enough) + " MB are enough; --scratch DIR keeps points on a disk",
                                  enough);
}

void MemoryLimit::run(const std::string& what, std::int64_t clouds, std::int64_t later, treewalk::RunOptions options,
                      const Run& work) const {
  if (scratch_ && clouds > 0) check_space(what, kTimesRead * clouds);
  if (mb_ == 0) return work(options);
  release();
  const std::int64_t held = treewalk::resident_memory() + kFirstUse + (scratch_ ? kWindow : clouds);
  std::int64_t left = (mb_ << 20) - held, least = 0;
  std::string reason;
  if (scratch_) {
    left -= std::max<std::int64_t>(left, 0) / kWindowShare;
    later = 0;
  }
  options.memory_mb = left >> 20;
  if (options.memory_mb < 1 || later > left) {
    least = least_of(options, work, reason);
  } else {
    try {
      work(options);
      return release();
    } catch (const treewalk::TooLittleMemory& error) {
      reason = reason_of(error);
      least = error.least_mb << 20;
    }
  }
  if (scratch_) least += least / (kWindowShare - 1);
  refuse(what, held, std::max(later, least), reason);
}

void MemoryLimit::check(const fs::path& cloud, std::int64_t bytes) const {
  if (scratch_) check_space("for '" + cloud.string() + "'", bytes);
  if (mb_ == 0) return;
  release();
  const std::int64_t held = treewalk::resident_memory() + kFirstUse;
  const std::int64_t more = scratch_ ? kWindow + kWorking : bytes;
  if (held + more > mb_ << 20) refuse("for '" + cloud.string() + "'", held, more, "");
}

void MemoryLimit::refuse(const std::string& what, std::int64_t held, std::int64_t more,
                         const std::string& reason) const {
  constexpr std::int64_t kWhim = 4 << 20;  // what a process holds is not the same to the page each time
  const std::int64_t least = megabytes(held + more + kWhim);
  const std::string whose =
      scratch_ ? "for the parts of the arrays in the scratch that are worked on" : "the points as they were read";
  const std::string advice = !scratch_ && reason.empty() ? "; --scratch DIR keeps these on a disk" : reason;
  throw treewalk::TooLittleMemory("--memory " + std::to_string(mb_) + " is too little " + what + ": at least " +
                                      std::to_string(least) + " MB are needed, " + std::to_string(megabytes(held)) +
                                      " of them for the program and " + whose + advice,
                                  least);
}

/// Before any work, as nearly as it can be told; an array that finds no place later is an error, too.
void MemoryLimit::check_space(const std::string& what, std::int64_t bytes) const {
  const std::int64_t space = scratch_->space();
  if (bytes > space)
    throw treewalk::Error("--scratch '" + folder_ + "' has " + std::to_string(space >> 20) + " MB free, but " + what +
                          " some " + std::to_string(megabytes(bytes)) +
                          " MB are needed; name a folder on a larger disk");
}

void MemoryLimit::release() const {
  if (mb_ > 0) treewalk::give_back_memory();
  if (scratch_) treewalk::Scratch::rest();
}

}  // namespace program
