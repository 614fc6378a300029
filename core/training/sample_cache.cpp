// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/sample_cache.h"

namespace treewalk {

std::shared_ptr<const Sample> SampleCache::operator()(const DataItem& item) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(item.name);
    if (found != kept_.end()) return found->second;
  }
  auto sample = std::make_shared<const Sample>(read_sample(item, recipe_, *data_));
  const std::lock_guard lock(mutex_);
  size_[item.name] = sample->size();
  if (kept_points_ + sample->size() <= limit_ && kept_.emplace(item.name, sample).second)
    kept_points_ += sample->size();
  return sample;
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
