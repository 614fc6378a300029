// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "commands/folder_run.h"

#include <treewalk/las.h>
#include <treewalk/memory.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include "commands/batches.h"
#include "commands/folder_report.h"
#include "progress.h"
#include "text.h"

namespace program {

using nlohmann::ordered_json;

FolderRun::FolderRun(const Segment& options, const std::shared_ptr<const treewalk::Model>& model,
                     const MemoryLimit& limit, const LabelledClouds& clouds)
    : options_(options),
      limit_(limit),
      clouds_(clouds),
      inputs_(clouds.outputs().inputs()),
      labelling_(options, model, limit, clouds),
      reach_(treewalk::model_info(*model).reach) {
  for (const fs::path& input : inputs_) state_.push_back(state_of(input));
  if (options.output.empty()) return;
  manifest_.emplace(options.output, treewalk::model_info(*model).sha256, options_that_matter(options), inputs_, state_);
  if (std::error_code error; fs::exists(Manifest::file_in(options.output), error)) {
    if (options.resume) manifest_->go_on();
    std::vector<fs::path> outputs;
    for (const fs::path& input : inputs_)
      for (const fs::path& output : clouds.files_of(input)) outputs.push_back(output);
    manifest_->remove_parts(outputs);
  }
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if (auto row = manifest_->row_of(inputs_[i])) row_.emplace(i, std::move(*row));
}

void FolderRun::run() {
  const ProgressLine line("", 0, true);
  if (!row_.empty())
    warn(std::to_string(row_.size()) + " of " + plural(static_cast<std::int64_t>(inputs_.size()), "file") +
         " are labelled already; the others are");
  if (manifest_) manifest_->begin();
  Files candidates;
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if (may_have_neighbours(i)) candidates.push_back(i);
  if (candidates.size() < 2 || row_.size() == inputs_.size()) candidates.clear();
  std::error_code error;
  if (!candidates.empty() && !options_.output.empty() && fs::equivalent(options_.input, options_.output, error))
    throw treewalk::Error("outputs would replace files in '" + options_.input +
                          "' that others still need as neighbours; name another folder, or label them --apart");
  look_at(candidates);
  // Files of different viewpoints or units are no one cloud.
  std::map<std::pair<std::array<double, 3>, std::array<double, 3>>, Files> frames;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (const auto found = file_.find(i); found != file_.end())
      frames[{found->second.viewpoint, found->second.scale}].push_back(i);
    else if (is_wanted(i))
      label_alone(i);
  }
  for (const auto& [frame, files] : frames) label_neighbours(files);
  if (!options_.common.quiet) std::fputs(totals(rows(), line.seconds()).c_str(), stdout);
}

ordered_json FolderRun::rows() const {
  ordered_json rows = ordered_json::array();
  for (const auto& [file, row] : row_) rows.push_back(row);
  return rows;
}

void FolderRun::end() {
  failures_.check(inputs_.size());
  if (manifest_) manifest_->end();
}

/// Those of maps have; scans in frames of their own must be said to be of one.
bool FolderRun::may_have_neighbours(std::size_t file) const {
  if (options_.apart || !(reach_ > 0) || !std::isfinite(reach_)) return false;
  return options_.tiles || treewalk::is_las_name(inputs_[file]) || treewalk::is_las(inputs_[file]);
}

void FolderRun::look_at(const Files& candidates) {
  ProgressLine line("looking where points are", 0, options_.common.quiet);
  std::int64_t seen = 0;
  for (const std::size_t i : candidates) {
    try {
      auto file = labelling_.look_at(inputs_[i]);
      file.state = state_[i];
      file_.emplace(i, std::move(file));
    } catch (const treewalk::Cancelled&) {
      throw;
    } catch (const treewalk::Error& error) {
      unreadable(i, error);
    }
    limit_.release();
    line.show_text(grouped(++seen) + " of " + plural(static_cast<std::int64_t>(candidates.size()), "file"));
  }
  line.clear();
  for (const std::size_t i : unreadable_) tell_of_gap(i);
}

/// Where its points are can only be told by what a file that cannot be read says of itself.
void FolderRun::tell_of_gap(std::size_t file) const {
  const auto bounds = treewalk::las_bounds(inputs_[file]);
  const bool near = std::any_of(file_.begin(), file_.end(), [&](const auto& other) {
    if (!is_wanted(other.first)) return false;
    const double reach = reach_ / other.second.scale[0];
    return !bounds || any_within(other.second.footprint, reach, {bounds->least[0] - reach, bounds->least[1] - reach},
                                 {bounds->greatest[0] + reach, bounds->greatest[1] + reach});
  });
  if (near)
    warn("files around '" + inputs_[file].string() + "'" + (bounds ? "" : ", if there are any,") +
         " are labelled without it");
}

void FolderRun::label_alone(std::size_t file) {
  try {
    done(file, labelling_.alone(inputs_[file]));
  } catch (const treewalk::Cancelled&) {
    throw;
  } catch (const treewalk::Error& error) {
    failed(file, error);
  }
}

void FolderRun::label_neighbours(const Files& place) {
  std::vector<FolderFile> files;
  std::vector<Footprint> footprints;
  std::vector<char> wanted;
  int level = 0;
  for (const std::size_t i : place) {
    files.push_back(std::move(file_.at(i)));
    footprints.push_back(std::move(files.back().footprint));
    wanted.push_back(is_wanted(i));
    level = std::max(level, footprints.back().level);
  }
  for (Footprint& footprint : footprints) coarsen(footprint, level);
  const CellGrid grid(reach_ / files.front().scale[0], level);
  const Together largest = labelling_.memory_of(files, 0);
  const auto fits = [&](const Batch& batch) {
    Together together = largest;
    together.points = batch.own_points + batch.border_points;
    if (together.points >= std::numeric_limits<std::int32_t>::max()) return false;  // what a run can count
    return bytes_of(together) <= limit_.room();
  };
  for (const Batch& batch : plan_batches(footprints, grid, wanted, fits))
    label_batch(files, place, footprints, grid, batch);
}

void FolderRun::label_batch(const std::vector<FolderFile>& files, const Files& place,
                            const std::vector<Footprint>& footprints, const CellGrid& grid, const Batch& batch) {
  if (batch.own.size() == 1 && batch.neighbours.empty()) return label_alone(place[batch.own.front()]);
  const int number = ++batches_;
  Labelling::Events events;
  events.is_unreadable = [&](std::size_t file) { return unreadable_.count(place[file]) > 0; };
  events.unreadable = [&](std::size_t file, const treewalk::Error& error) {
    unreadable(place[file], error);
    for (std::size_t other = 0; other < place.size(); ++other)
      if (is_wanted(place[other]) && are_near(footprints[file], footprints[other], grid))
        return warn("files around '" + files[file].path.string() + "' are labelled without it from here on");
  };
  events.failed = [&](std::size_t file, const treewalk::Error& error) { failed(place[file], error); };
  events.done = [&](std::size_t file, ordered_json row) {
    row["batch"] = number;
    done(place[file], std::move(row));
  };
  try {
    labelling_.together(files, grid, batch, events);
  } catch (const treewalk::TooLittleMemory& error) {
    if (batch.own.size() == 1) return failed(place[batch.own.front()], error);
    std::vector<char> wanted(files.size());
    for (const std::size_t file : batch.own) wanted[file] = is_wanted(place[file]);
    for (const Batch& one : plan_batches(footprints, grid, wanted, [](const Batch&) { return false; }))
      label_batch(files, place, footprints, grid, one);
  } catch (const treewalk::Cancelled&) {
    throw;
  } catch (const treewalk::Error& error) {
    for (const std::size_t file : batch.own)
      if (is_wanted(place[file])) failed(place[file], error);
  }
}

void FolderRun::done(std::size_t file, ordered_json row) {
  if (manifest_) {
    if (!(state_of(inputs_[file]) == state_[file]))
      throw treewalk::Error("'" + inputs_[file].string() + "' has changed while it was labelled; label it again");
    manifest_->finish(inputs_[file], clouds_.files_of(inputs_[file]), row);
  }
  row_.emplace(file, std::move(row));
}

void FolderRun::failed(std::size_t file, const treewalk::Error& error) {
  if (failed_.insert(file).second) failures_.add(error);
}

void FolderRun::unreadable(std::size_t file, const treewalk::Error& error) {
  failed(file, error);
  unreadable_.insert(file);
}

}  // namespace program
