// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "core/network/layers.h"
#include "core/training/optimizer.h"

namespace treewalk {

/// Updates the weights by the gradient of a loss (one number) that was computed from them, which must require
/// gradients; those that the loss does not depend on count as zero. Returns the loss, for which the host waits together
/// with the gradient's norm. Throws Error where that is not finite, naming the step and what to look for in the data.
double take_step(const at::Tensor& loss, const Weights& weights, Optimizer& optimizer, const std::string& look_for);

}  // namespace treewalk
