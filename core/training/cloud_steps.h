// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/distributed/world.h"
#include "core/training/batch.h"
#include "core/training/data_loader.h"
#include "core/training/optimizer.h"

namespace treewalk {

struct StepResult {
  double loss = 0;
  std::int64_t points = 0;  ///< that the step saw
  bool stopped = false;     ///< no step was taken: a process asked for that
};

/// Steps whose gradient is made cloud by cloud and summed in one fixed order (piece_tree.h), whichever process makes
/// which: terms of the loss are divided by what they are divided by in the whole batch, and dropout depends on (seed,
/// step, place of the cloud). So on the CPU any number of processes take the same steps, bit for bit. What is given
/// must outlive it; world: null for one process.
class CloudSteps {
 public:
  CloudSteps(const Recipe& recipe, const Network& network, const DataLoader& load, World* world, bool mixed)
      : recipe_(recipe), network_(network), load_(load), world_(world), mixed_(mixed) {}

  /// The clouds of a step of which this process makes the gradients. Thread-safe.
  std::vector<Batch> clouds(std::int64_t step) const;

  /// Takes the next step. clouds: gives what clouds() gave for it; what it throws is thrown here, and Error in the
  /// other processes. stop: asks all processes to take no step. Throws LostProcess too; the optimizer's state is then
  /// as it was.
  StepResult take(const std::function<std::vector<Batch>()>& clouds, const Weights& weights, Optimizer& optimizer,
                  bool stop);

  /// Gradients of clouds that this process made.
  std::int64_t made() const { return made_; }

 private:
  PieceSpan own() const;
  std::vector<double> told(const std::vector<Batch>& clouds, bool stop, bool failed) const;
  at::Tensor gradient(const Batch& cloud, const Weights& weights, std::int64_t number, const std::vector<double>& all);

  const Recipe& recipe_;
  const Network& network_;
  const DataLoader& load_;
  World* world_;
  bool mixed_;
  std::int64_t made_ = 0;
};

}  // namespace treewalk
