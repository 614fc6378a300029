// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/step.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <optional>

#include "treewalk/cloud.h"

namespace treewalk {

namespace {

/// Those of weights on which the loss does not depend are undefined.
std::vector<at::Tensor> gradients_of(const at::Tensor& loss, const Weights& weights) {
  return torch::autograd::grad({loss}, weights, {}, std::nullopt, false, true);
}

}  // namespace

double take_step(const at::Tensor& loss, const Weights& weights, Optimizer& optimizer, const std::string& look_for) {
  return step_by_gradients(loss.detach(), gradients_of(loss, weights), optimizer, look_for);
}

double step_by_gradients(const at::Tensor& loss, const std::vector<at::Tensor>& gradients, Optimizer& optimizer,
                         const std::string& look_for) {
  const auto step = optimizer.step();
  const auto norm = optimizer.update(gradients);
  const auto both = at::stack({loss.to(at::kDouble), norm}).cpu();
  if (!std::isfinite(both[1].item<double>()))
    throw Error("training: the gradient is not finite at step " + std::to_string(step) +
                "; lower the learning rate, or look for " + look_for);
  return both[0].item<double>();
}

at::Tensor gradient_and_loss(const at::Tensor& loss, const Weights& weights) {
  const auto gradients = gradients_of(loss, weights);
  std::vector<at::Tensor> parts;
  for (std::size_t w = 0; w < weights.size(); ++w)
    parts.push_back(gradients[w].defined()
                        ? gradients[w].reshape({-1})
                        : at::zeros({weights[w].numel()}, weights[w].options().requires_grad(false)));
  parts.push_back(loss.detach().reshape({1}));
  return at::cat(parts);
}

}  // namespace treewalk
