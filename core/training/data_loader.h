// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/training/augmenter.h"
#include "core/training/batch.h"
#include "core/training/sample_cache.h"
#include "core/training/sampler.h"

namespace treewalk {

/// Makes the batches of a training: clouds, their scenes and targets on the CPU, whatever the device, so that they are
/// the same bits everywhere; rows and masks on the device. Everything random is keyed by (seed, step), so the batch of
/// step s is the same whether or not those before it were made by this process. A cloud without points is skipped: the
/// next one of the list that has some stands in for it. Thread-safe. Recipe and network must outlive it.
class DataLoader {
 public:
  DataLoader(const Recipe& recipe, const Network& network, std::vector<DataItem> items,
             std::shared_ptr<const DataSet> data, std::uint64_t seed, c10::Device device = c10::kCPU);
  Batch operator()(std::int64_t step) const;
  /// Its clouds [first, last), as a batch of their own.
  Batch part(std::int64_t step, std::int64_t first, std::int64_t last) const;
  /// The scenes of that batch, one for each cloud, on the CPU.
  std::vector<Scene> scenes(std::int64_t step) const;
  int steps_per_epoch() const { return sampler_.steps_per_epoch; }
  const std::vector<DataItem>& items() const { return items_; }
  /// Finite points of all clouds.
  std::int64_t points() const { return cache_.points(items_); }
  /// Points with a coarse label, of the clouds that were read so far.
  std::int64_t coarse_points() const;
  /// See SampleCache; of the clouds that were read so far.
  MeasureRange spacing() const { return cache_.spacing(); }
  MeasureRange extent() const { return cache_.extent(); }
  /// Reads clouds, most often one, until there is a labelled point and each field that a feature reads. Throws Error
  /// that names what is in none of them.
  void check_clouds() const;
  /// Empty, or a warning about names of clouds in which the recipe's "balance" finds no group.
  const std::string& balance_warning() const { return sampler_.warning; }
  /// A warning for each class that no cloud had among those that were read so far, or had by coarse labels alone.
  std::vector<std::string> warnings() const;
  /// What the user should know of clouds that were read since the last call: one sentence each, with the file.
  std::vector<std::string> take_notes() const { return cache_.take_notes(); }

 private:
  Draw draw(std::int64_t step, std::int64_t place) const;
  Sample sample(const Draw& draw) const;

  const Recipe& recipe_;
  const Network& network_;
  std::vector<DataItem> items_;
  std::uint64_t seed_;
  c10::Device device_;
  Augmenter augment_;
  Sampler sampler_;
  mutable SampleCache cache_;
};

}  // namespace treewalk
