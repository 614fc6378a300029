// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/scene/cloud_measure.h"
#include "core/training/dataset.h"

namespace treewalk {

/// Reads samples, and keeps as many as fit into its limit; others are read again whenever they are needed. Thread-safe.
class SampleCache {
 public:
  /// The recipe must outlive the cache. limit: points of all samples that are kept.
  SampleCache(const Recipe& recipe, std::shared_ptr<const DataSet> data, std::int64_t limit = 200'000'000)
      : recipe_(recipe), data_(std::move(data)), limit_(limit) {}
  /// Throws Error for a cloud that cannot be read or has unknown labels. One without points gives an empty sample.
  std::shared_ptr<const Sample> operator()(const DataItem& item);
  /// Finite points of all these clouds; those that were never read are read for it.
  std::int64_t points(const std::vector<DataItem>& items);
  /// Labelled points of each of the recipe's classes, and behind them of each of its coarse labels, in the clouds that
  /// were read so far (classification: clouds), and how many clouds these are.
  std::vector<std::int64_t> points_of_label() const;
  std::int64_t clouds() const;
  /// The notes of the samples that were read for the first time since the last call, sorted.
  std::vector<std::string> take_notes();
  /// Of those clouds, where cells have a size of their own.
  MeasureRange spacing() const;
  MeasureRange extent() const;

 private:
  void count_classes(const Sample& sample);

  const Recipe& recipe_;
  std::shared_ptr<const DataSet> data_;
  std::int64_t limit_, kept_points_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Sample>> kept_;  // by name, as are the sizes
  std::map<std::string, std::int64_t> size_;                   // of all that were ever read
  std::vector<std::int64_t> points_of_label_;                  // in these
  std::vector<std::string> notes_;
  MeasureRange spacing_, extent_;  // of these
};

}  // namespace treewalk
