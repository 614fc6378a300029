// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/network/layers.h"
#include "core/recipe/recipe.h"

namespace treewalk {

/// AdamW (Loshchilov and Hutter 2019) over one flat vector, with the gradient's norm clipped, a linear warm-up, a
/// cosine to final_rate * learning_rate, and an exponential average of the weights. All state is four flat vectors and
/// the step number, so a checkpoint is exact. It works on the device of the weights, and the host waits for nothing.
class Optimizer {
 public:
  Optimizer(const ParameterTable& table, const TrainingSpec& spec, std::int64_t steps, at::Tensor weights);

  /// One update from the gradients of the table's parameters (undefined ones count as zero), or from one of all of them
  /// in a row. Returns their norm, one float64 on the device; where it is not finite, nor are the weights from then on.
  at::Tensor update(const std::vector<at::Tensor>& gradients);

  double learning_rate() const;
  std::int64_t step() const { return step_; }
  const at::Tensor& average() const { return average_; }

  /// All state as one tensor [4, numel] of the CPU: weights, average, first and second moment.
  at::Tensor state() const;
  /// From a state of any device.
  void restore(const at::Tensor& state, std::int64_t step);

 private:
  TrainingSpec spec_;
  std::int64_t steps_, step_ = 0;
  std::vector<std::int64_t> numel_;  // of each parameter
  at::Tensor decay_;                 // [numel] uint8: which weights shrink
  at::Tensor weights_, average_, first_, second_;
};

}  // namespace treewalk
