// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/network/network.h"
#include "core/training/augment.h"
#include "core/training/dataset.h"

namespace treewalk {

/// The clouds of a training step, merged and ready for the network; input.points are those that enter the loss. All on
/// the device of the training but `category`, which stays on the CPU.
struct TrainingStep {
  NetworkInput input;
  at::Tensor target;  ///< of points [S,classes] or of clouds [clouds,classes]; rows sum to their weight
  std::vector<at::Tensor>
      cell_target;  ///< segmentation: per level [n_l,classes], the labels' shares among a cell's points
  at::Tensor category, category_target;  ///< models of parts: [clouds] int32; [clouds,categories]
  std::int64_t points = 0;
};

/// Makes training steps: clouds, their scenes and targets on the CPU, whatever the device, so that they are the same
/// bits everywhere; rows and masks on the device. Everything random is keyed by (seed, step), so step s is the same
/// whether or not the steps before it were made by this process. Thread-safe.
class StepMaker {
 public:
  StepMaker(const Recipe& recipe, const Network& network, std::vector<DataItem> items,
            std::shared_ptr<const DataSet> data, std::uint64_t seed, c10::Device device = c10::kCPU);
  TrainingStep operator()(std::int64_t step) const;
  int steps_per_epoch() const { return steps_per_epoch_; }
  const std::vector<DataItem>& items() const { return items_; }
  /// Finite points of all clouds.
  std::int64_t points() const;

 private:
  struct Example;
  Example make(const DataItem& item, std::int64_t step, int place_in_batch) const;
  PointSet posed(const Sample& raw, Sample& sample, std::int64_t step, int place_in_batch) const;
  std::size_t choose(std::int64_t step, int place_in_batch) const;
  std::shared_ptr<const Sample> sample(const DataItem& item) const;

  const Recipe& recipe_;
  const Network& network_;
  std::vector<DataItem> items_;
  std::shared_ptr<const DataSet> data_;
  std::uint64_t seed_;
  c10::Device device_;
  int steps_per_epoch_ = 1;
  Augmentation augment_before_, augment_;
  std::vector<std::vector<std::size_t>> strata_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const Sample>> cache_;
  mutable std::map<std::string, std::int64_t> size_;
  mutable std::int64_t cached_points_ = 0;
};

/// Loss of a step: cross-entropy of points (or clouds) and, weighted, of every level's cells and of the categories.
at::Tensor step_loss(const Network& network, const Weights& weights, const TrainingStep& step,
                     const TrainingSpec& training, Dropout* dropout = nullptr);

}  // namespace treewalk
