// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/network/layers.h"
#include "core/training/optimizer.h"

namespace treewalk {

/// Updates the weights by the gradient of a loss (one number) that was computed from them, which must require
/// gradients; those that the loss does not depend on count as zero. Returns the loss, for which the host waits together
/// with the gradient's norm. Throws Error where that is not finite, naming the step and what to look for in the data.
double take_step(const at::Tensor& loss, const Weights& weights, Optimizer& optimizer, const std::string& look_for);

/// The same from gradients: of each weight, or one of all of them in a row. loss: one number.
double step_by_gradients(const at::Tensor& loss, const std::vector<at::Tensor>& gradients, Optimizer& optimizer,
                         const std::string& look_for);

/// The gradient of a loss by all weights in a row, and the loss behind it: [numel + 1] float.
at::Tensor gradient_and_loss(const at::Tensor& loss, const Weights& weights);

}  // namespace treewalk
