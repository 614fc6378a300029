// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/sample_cache.h"

#include <algorithm>

#include "core/scene/scene.h"

namespace treewalk {
namespace {

/// Of a cloud whose cells have a size of their own; else nothing.
CloudMeasure measure_of(const Sample& sample, const SceneOptions& options) {
  if (options.normalise != "none" || sample.size() == 0) return {};
  const auto points = point_set(sample);
  const auto box = sample.bounds();
  return measure(build_octree(points.position, scene_grid(box, options, {}), options.levels), box);
}

}  // namespace

std::shared_ptr<const Sample> SampleCache::operator()(const DataItem& item) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(item.name);
    if (found != kept_.end()) return found->second;
  }
  auto sample = std::make_shared<const Sample>(read_sample(item, recipe_, *data_));
  const auto size = measure_of(*sample, recipe_.scene);
  const std::lock_guard lock(mutex_);
  if (size_.emplace(item.name, sample->size()).second) {
    if (sample->size() > 0) count_classes(*sample);
    if (!sample->note.empty()) notes_.push_back(sample->note);
    spacing_.add(size.spacing);
    extent_.add(size.extent);
  }
  if (kept_points_ + sample->size() <= limit_ && kept_.emplace(item.name, sample).second)
    kept_points_ += sample->size();
  return sample;
}

void SampleCache::count_classes(const Sample& sample) {
  const auto classes = recipe_.classes.size();
  points_of_label_.resize(classes + recipe_.coarse.size());
  if (recipe_.task == "classification") {
    ++points_of_label_[sample.cloud_label];
    return;
  }
  for (const auto label : sample.label)
    if (label != -1) ++points_of_label_[is_coarse(label) ? classes + coarse_index(label) : label];
}

std::vector<std::int64_t> SampleCache::points_of_label() const {
  const std::lock_guard lock(mutex_);
  auto points = points_of_label_;
  points.resize(recipe_.classes.size() + recipe_.coarse.size());
  return points;
}

std::int64_t SampleCache::clouds() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::int64_t>(size_.size());
}

std::vector<std::string> SampleCache::take_notes() {
  const std::lock_guard lock(mutex_);
  std::sort(notes_.begin(), notes_.end());
  return std::exchange(notes_, {});
}

MeasureRange SampleCache::spacing() const {
  const std::lock_guard lock(mutex_);
  return spacing_;
}

MeasureRange SampleCache::extent() const {
  const std::lock_guard lock(mutex_);
  return extent_;
}

std::int64_t SampleCache::points(const std::vector<DataItem>& items) {
  std::int64_t total = 0;
  for (const auto& item : items) {
    std::unique_lock lock(mutex_);
    const bool known = size_.count(item.name) > 0;
    lock.unlock();
    if (!known) (*this)(item);
    lock.lock();
    total += size_.at(item.name);
  }
  return total;
}

}  // namespace treewalk
