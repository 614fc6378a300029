// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/training/optimizer_kernel.h"

namespace treewalk {

namespace {

/// sqrt(sum of squares), one float64 on the device. On the CPU in the order of the numbers.
at::Tensor norm_of(const at::Tensor& flat) {
  if (!flat.is_cpu()) return flat.to(at::kDouble).square().sum().sqrt();
  const float* g = in(flat);
  double square = 0;
  for (std::int64_t i = 0; i < flat.numel(); ++i) square += double(g[i]) * g[i];
  return at::scalar_tensor(std::sqrt(square), at::kDouble);
}

}  // namespace

Optimizer::Optimizer(const ParameterTable& table, const TrainingSpec& spec, std::int64_t steps, at::Tensor weights)
    : spec_(spec), steps_(steps), weights_(std::move(weights)) {
  auto decay = at::empty({weights_.numel()}, at::kByte);
  std::uint8_t* to = out(decay);
  for (const auto& parameter : table.all()) {
    numel_.push_back(parameter.numel());
    to = std::fill_n(to, parameter.numel(), static_cast<std::uint8_t>(parameter.decay));
  }
  decay_ = decay.to(weights_.device());
  average_ = weights_.detach().clone();
  first_ = at::zeros_like(weights_);
  second_ = at::zeros_like(weights_);
}

double Optimizer::learning_rate() const {
  if (step_ < spec_.warmup) return spec_.learning_rate * (step_ + 1) / spec_.warmup;
  const double length = std::max<std::int64_t>(1, steps_ - spec_.warmup);
  const double done = std::min(1.0, (step_ - spec_.warmup) / length);
  return spec_.learning_rate * (spec_.final_rate + (1 - spec_.final_rate) * 0.5 * (1 + std::cos(M_PI * done)));
}

at::Tensor Optimizer::update(const std::vector<at::Tensor>& gradients) {
  std::vector<at::Tensor> parts;
  for (std::size_t p = 0; p < gradients.size(); ++p)
    parts.push_back(gradients[p].defined() ? gradients[p].reshape({-1}) : at::zeros({numel_[p]}, weights_.options()));
  const auto gradient = parts.size() == 1 ? parts.front() : at::cat(parts);
  const auto norm = norm_of(gradient);
  const auto scale = (spec_.clip / norm).clamp_max(1).to(at::kFloat);
  const double rate = learning_rate();
  const auto t = static_cast<double>(step_ + 1);
  AdamStep step{};
  step.gradient = in(gradient);
  step.scale = in(scale);
  step.decay = in(decay_);
  step.weight = out(weights_);
  step.average = out(average_);
  step.first = out(first_);
  step.second = out(second_);
  step.beta1 = static_cast<float>(spec_.beta1);
  step.beta2 = static_cast<float>(spec_.beta2);
  step.step_size = static_cast<float>(rate / (1 - std::pow(spec_.beta1, t)));
  step.second_scale = static_cast<float>(1 / (1 - std::pow(spec_.beta2, t)));
  step.keep = static_cast<float>(1 - rate * spec_.weight_decay);
  step.average_share = static_cast<float>(1 - std::min(spec_.ema, t / (t + 9)));
  parallel_for(weights_.device(), weights_.numel(), step);
  ++step_;
  return norm;
}

at::Tensor Optimizer::state() const { return at::stack({weights_.detach(), average_, first_, second_}).cpu(); }

void Optimizer::restore(const at::Tensor& state, std::int64_t step) {
  const auto rows = state.view({4, weights_.numel()});
  weights_.copy_(rows[0]);
  average_.copy_(rows[1]);
  first_.copy_(rows[2]);
  second_.copy_(rows[3]);
  step_ = step;
}

}  // namespace treewalk
