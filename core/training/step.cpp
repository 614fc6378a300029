// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/step.h"

#include <ATen/ops/stack.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <optional>

#include "treewalk/cloud.h"

namespace treewalk {

double take_step(const at::Tensor& loss, const Weights& weights, Optimizer& optimizer, const std::string& look_for) {
  const auto step = optimizer.step();
  const auto norm = optimizer.update(torch::autograd::grad({loss}, weights, {}, std::nullopt, false, true));
  const auto both = at::stack({loss.detach().to(at::kDouble), norm}).cpu();
  if (!std::isfinite(both[1].item<double>()))
    throw Error("training: the gradient is not finite at step " + std::to_string(step) +
                "; lower the learning rate, or look for " + look_for);
  return both[0].item<double>();
}

}  // namespace treewalk
