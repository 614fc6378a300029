// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "commands/labelling.h"

#include <treewalk/join.h>
#include <treewalk/memory.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <functional>
#include <utility>

#include "progress.h"
#include "text.h"

namespace program {

namespace {

/// What the points of a file that the model sees, and its labels, take while it is read or written.
constexpr std::int64_t kIndex = 8, kLabels = 8;

/// What the work needs at least; 0: it can be done.
std::int64_t least_of(const std::function<void()>& work, std::exception_ptr& refused) {
  try {
    work();
    return 0;
  } catch (const treewalk::TooLittleMemory& error) {
    refused = std::current_exception();
    return error.least_mb;
  }
}

/// Labels, one for each cluster. Where memory does not suffice, what is said is enough for both.
treewalk::Segmentation segment_by_cluster(const std::shared_ptr<const treewalk::Model>& model, treewalk::RunOptions run,
                                          const treewalk::CloudView& cloud, int level, const std::string& category) {
  constexpr double kClusters = 0.3;  // of all work
  const auto progress = run.progress;
  const auto part = [&](double from, double to) {
    run.progress = [=](double done, const std::string& stage) { return progress(from + done * (to - from), stage); };
    return treewalk::Session(model, run);
  };
  run.probabilities = true;
  treewalk::Clustering clusters;
  treewalk::Segmentation result;
  std::exception_ptr of_clusters, of_labels;
  const auto most = least_of([&] { clusters = part(0, kClusters).clusters(cloud, level); }, of_clusters);
  const auto least = least_of([&] { result = part(kClusters, 1).segment(cloud, category); }, of_labels);
  if (most + least > 0) std::rethrow_exception(most >= least ? of_clusters : of_labels);
  treewalk::label_by_cluster(clusters, treewalk::model_info(*model), result);
  free_memory_of(result.probability);
  return result;
}

std::string who_are(const std::vector<FolderFile>& files, const Batch& batch) {
  const auto others = static_cast<std::int64_t>(batch.own.size() + batch.neighbours.size()) - 1;
  return "'" + files[batch.own.front()].path.string() + "' and " + plural(others, "file") + " around it";
}

}  // namespace

/// The points of a batch that the model sees: first those of its own files.
struct Labelling::Joined {
  treewalk::Cloud cloud;
  struct Part {
    std::size_t file, begin, end;  ///< its points in the cloud
  };
  std::vector<Part> own;
};

Labelling::Labelling(const Segment& options, std::shared_ptr<const treewalk::Model> model, const MemoryLimit& limit,
                     const LabelledClouds& clouds)
    : options_(options),
      model_(std::move(model)),
      limit_(limit),
      clouds_(clouds),
      units_(options.scale, clouds.info()) {}

/// who: for the progress line. what: for errors about memory. later: bytes that are taken afterwards.
treewalk::Segmentation Labelling::segment(const treewalk::CloudView& cloud, const std::array<double, 3>& scale,
                                          const std::string& who, const std::string& what, std::int64_t later,
                                          double& seconds) const {
  ProgressLine line(who, cloud.size, options_.common.quiet);
  auto run_options = options_.common.run;
  run_options.scale = scale;
  run_options.progress = [&](double fraction, const std::string& stage) { return line.show(fraction, stage); };
  treewalk::Segmentation result;
  const auto classes = static_cast<std::int64_t>(clouds_.info().classes.size());
  const std::int64_t by_cluster = options_.per_cluster ? cloud.size * 4 * (classes + 1) : 0;  // probabilities, numbers
  limit_.run(what, by_cluster, later, run_options, [&](const treewalk::RunOptions& options) {
    result = options_.per_cluster ? segment_by_cluster(model_, options, cloud, *options_.per_cluster, options_.category)
                                  : treewalk::Session(model_, options).segment(cloud, options_.category);
  });
  seconds = line.seconds();
  line.clear();
  check_interrupted();
  return result;
}

Labelling::Row Labelling::alone(const fs::path& input) {
  const auto reading = clouds_.reading(input);
  limit_.check_reading(
      input, reading, [&](auto points, auto stride) { return clouds_.bytes_after(points, stride); },
      !std::isfinite(clouds_.info().reach));
  treewalk::Cloud cloud = read(input, reading);
  LasPoints las(input, cloud, options_.las);
  clouds_.check(input, las, cloud);
  const auto scale = units_.scale(input);
  las.hide(cloud);
  double seconds = 0;
  auto result = segment(cloud.view(), scale, input.filename().string(),
                        "for '" + input.string() + "' and what is to be made of it",
                        clouds_.bytes_after(cloud.size(), cloud.stride), seconds);
  las.show(cloud);
  warn_about(input, result.warnings);
  return clouds_.write(input, std::move(cloud), las, std::move(result), scale[0], seconds);
}

FolderFile Labelling::look_at(const fs::path& input) {
  FolderFile file;
  file.path = input;
  file.state = state_of(input);
  const auto reading = clouds_.reading(input);
  limit_.check_reading(input, reading, [&](auto points, auto stride) { return clouds_.bytes_after(points, stride); });
  file.to_read = static_cast<std::int64_t>(treewalk::cloud_size(input, reading).to_read);
  const treewalk::Cloud cloud = read(input, reading);
  if (options_.common.scratch.empty()) limit_.check(input, kIndex * cloud.size());
  const auto shown = LasPoints(input, cloud, options_.las).shown(cloud);
  file.points = cloud.size();
  file.stride = cloud.stride;
  file.viewpoint = cloud.viewpoint;
  file.scale = units_.scale(input);
  file.footprint = footprint_of(cloud.view(), shown, clouds_.info().reach / file.scale[0]);
  treewalk::Cloud fields = treewalk::joined_cloud(clouds_.info());
  try {
    for (const auto& name : treewalk::join(clouds_.info(), cloud.view(), {}, fields))
      warn_about(input, {"the cloud has no field \"" + name + "\"; the model's default stands in for it"});
  } catch (const treewalk::Error& error) {
    throw treewalk::Error(input.string() + ": " + error.what());
  }
  return file;
}

Together Labelling::memory_of(const std::vector<FolderFile>& files, std::int64_t points) const {
  Together together;
  together.points = points;
  together.stride = treewalk::joined_cloud(clouds_.info()).stride;
  for (const FolderFile& file : files) {
    const std::int64_t cloud = file.points * static_cast<std::int64_t>(file.stride);
    together.reading = std::max(together.reading, file.to_read + kIndex * file.points);
    together.writing =
        std::max({together.writing, file.to_read,
                  cloud + clouds_.bytes_after(file.points, file.stride) + (kIndex + kLabels) * file.points});
  }
  return together;
}

treewalk::Cloud Labelling::read_unchanged(const FolderFile& file) const {
  check_interrupted();
  std::vector<std::string> told_before;
  const auto reading = clouds_.reading(file.path);
  limit_.check_reading(file.path, reading, [](auto, auto) { return std::int64_t{0}; });
  treewalk::Cloud cloud = treewalk::read_cloud_with_warnings(file.path, told_before, reading);
  if (!(state_of(file.path) == file.state))
    throw treewalk::Error("'" + file.path.string() +
                          "' has changed while its folder was labelled; run again when it no longer changes");
  return cloud;
}

Labelling::Joined Labelling::read_joined(const std::vector<FolderFile>& files, const CellGrid& grid, const Batch& batch,
                                         const Events& events) const {
  Joined joined;
  joined.cloud = treewalk::joined_cloud(clouds_.info());
  joined.cloud.data.reserve(static_cast<std::size_t>(batch.own_points + batch.border_points) * joined.cloud.stride);
  const auto add = [&](std::size_t file, bool own) {
    if (events.is_unreadable(file)) return;
    try {
      const treewalk::Cloud cloud = read_unchanged(files[file]);
      auto shown = LasPoints(files[file].path, cloud, options_.las).shown(cloud);
      if (!own) shown = points_in(cloud.view(), shown, grid, batch.near);
      const auto begin = static_cast<std::size_t>(joined.cloud.size());
      treewalk::join(clouds_.info(), cloud.view(), shown, joined.cloud);
      if (own) joined.own.push_back({file, begin, static_cast<std::size_t>(joined.cloud.size())});
    } catch (const treewalk::TooLittleMemory&) {
      throw;
    } catch (const treewalk::Cancelled&) {
      throw;
    } catch (const treewalk::Error& error) {
      events.unreadable(file, error);
    }
    limit_.release();
  };
  for (const std::size_t file : batch.own) add(file, true);
  if (!joined.own.empty())
    for (const std::size_t file : batch.neighbours) add(file, false);
  return joined;
}

Labelling::Row Labelling::write_own(const FolderFile& file, const treewalk::Segmentation& all, std::size_t begin,
                                    std::size_t end, double seconds) const {
  treewalk::Cloud cloud = read_unchanged(file);
  LasPoints las(file.path, cloud, options_.las);
  clouds_.check(file.path, las, cloud);
  const auto points = static_cast<std::size_t>(cloud.size());
  treewalk::Segmentation own;
  own.stages = all.stages;
  own.tiles = all.tiles;
  own.label.assign(points, clouds_.info().unknown_id);
  own.confidence.assign(points, 0.0f);
  {
    const auto shown = las.shown(cloud);
    if (shown.size() != end - begin)
      throw treewalk::Error("'" + file.path.string() + "' has changed while it was read");
    for (std::size_t i = 0; i < shown.size(); ++i) {
      own.label[static_cast<std::size_t>(shown[i])] = all.label[begin + i];
      own.confidence[static_cast<std::size_t>(shown[i])] = all.confidence[begin + i];
    }
  }
  return clouds_.write(file.path, std::move(cloud), las, std::move(own), file.scale[0], seconds);
}

void Labelling::together(const std::vector<FolderFile>& files, const CellGrid& grid, const Batch& batch,
                         const Events& events) const {
  const std::string who = who_are(files, batch);
  std::vector<FolderFile> read;  // of those files, sizes only
  for (const auto* list : {&batch.own, &batch.neighbours})
    for (const std::size_t file : *list)
      read.push_back({{}, {}, files[file].points, files[file].stride, files[file].to_read, {}, {}, {}});
  const Together memory = memory_of(read, batch.own_points + batch.border_points);
  limit_.check_together("for " + who, memory);
  Joined joined = read_joined(files, grid, batch, events);
  if (joined.own.empty()) return;
  const std::int64_t points = joined.cloud.size();
  const std::int64_t held = points * static_cast<std::int64_t>(joined.cloud.stride);
  double seconds = 0;
  const auto result = segment(joined.cloud.view(), files[batch.own.front()].scale, who, "for " + who,
                              std::max<std::int64_t>(memory.writing + points * kLabels - held, 0), seconds);
  joined.cloud = {};
  limit_.release();
  for (const std::string& warning : result.warnings) warn(who + ": " + warning);
  std::size_t own_points = 0;
  for (const auto& part : joined.own) own_points += part.end - part.begin;
  for (const auto& part : joined.own) {
    const double share = own_points > 0 ? static_cast<double>(part.end - part.begin) / static_cast<double>(own_points)
                                        : 1.0 / static_cast<double>(joined.own.size());
    try {
      Row row = write_own(files[part.file], result, part.begin, part.end, seconds * share);
      row["seen_with"] = batch.own.size() + batch.neighbours.size() - 1;
      events.done(part.file, std::move(row));
    } catch (const treewalk::Cancelled&) {
      throw;
    } catch (const treewalk::Error& error) {
      events.failed(part.file, error);
    }
    limit_.release();
  }
}

}  // namespace program
