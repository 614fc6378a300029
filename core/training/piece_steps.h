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

/// Steps of a training. A batch is cut into the recipe's number of pieces, runs of whole clouds, each of which gives a
/// gradient; they are summed in one fixed order (piece_tree.h), whichever process makes which. Terms of the loss are
/// divided by what they are divided by in the whole batch, and dropout depends on (seed, step, piece). So on the CPU
/// any number of processes take the same steps, bit for bit. What is given must outlive it; world: null for one
/// process.
class PieceSteps {
 public:
  PieceSteps(const Recipe& recipe, const Network& network, const DataLoader& load, World* world, bool mixed);

  /// The pieces of a step of which this process makes the gradients. Thread-safe.
  std::vector<Batch> pieces(std::int64_t step) const;

  /// Takes the next step. next: gives what pieces() gave for it; what it throws is thrown here, and Error in the other
  /// processes. stop: asks all processes to take no step. Throws LostProcess too; the optimizer's state is then as it
  /// was.
  StepResult take(const std::function<std::vector<Batch>()>& next, const Weights& weights, Optimizer& optimizer,
                  bool stop);

  /// Clouds whose gradients this process made.
  std::int64_t made() const { return made_; }

 private:
  StepResult agree(const std::vector<Batch>& pieces, bool stop, bool failed, std::int64_t step);
  at::Tensor gradient(const Batch& piece, const Weights& weights, std::int64_t number) const;

  const Recipe& recipe_;
  const Network& network_;
  const DataLoader& load_;
  World* world_;
  bool mixed_;
  std::int64_t count_;       // pieces of a batch
  PieceSpan own_;            // those of this process
  std::vector<double> all_;  // the loss_weights of the whole batch
  std::int64_t made_ = 0;
};

}  // namespace treewalk
