// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/optimizer.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>

namespace treewalk {

Optimizer::Optimizer(const ParameterTable& table, const TrainingSpec& spec, std::int64_t steps, at::Tensor weights)
    : spec_(spec), steps_(steps), weights_(std::move(weights)) {
  std::int64_t at = 0;
  for (const auto& parameter : table.all()) {
    start_.push_back(at);
    decay_.push_back(parameter.decay);
    at += parameter.numel();
  }
  start_.push_back(at);
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

double Optimizer::update(const std::vector<at::Tensor>& gradients) {
  double square = 0;
  std::vector<at::Tensor> dense;
  for (const auto& gradient : gradients) {
    dense.push_back(gradient.defined() ? gradient.contiguous() : gradient);
    if (!gradient.defined()) continue;
    const auto* g = dense.back().const_data_ptr<float>();
    for (std::int64_t i = 0; i < gradient.numel(); ++i) square += double(g[i]) * g[i];
  }
  const double norm = std::sqrt(square);
  TORCH_CHECK(std::isfinite(norm), "training: the gradient is not finite at step ", step_,
              "; lower the learning rate, or look for absurd coordinates in the data");
  const float scale = static_cast<float>(norm > spec_.clip ? spec_.clip / norm : 1.0);
  const double rate = learning_rate();
  const auto t = static_cast<double>(step_ + 1);
  const float beta1 = static_cast<float>(spec_.beta1), beta2 = static_cast<float>(spec_.beta2);
  const float step_size = static_cast<float>(rate / (1 - std::pow(spec_.beta1, t)));
  const float second_scale = static_cast<float>(1 / (1 - std::pow(spec_.beta2, t)));
  const float keep = static_cast<float>(1 - rate * spec_.weight_decay);
  const float average_share = static_cast<float>(1 - std::min(spec_.ema, t / (t + 9)));
  auto *w = weights_.mutable_data_ptr<float>(), *a = average_.mutable_data_ptr<float>(),
       *m = first_.mutable_data_ptr<float>(), *v = second_.mutable_data_ptr<float>();
  for (std::size_t p = 0; p < dense.size(); ++p) {
    const float* g = dense[p].defined() ? dense[p].const_data_ptr<float>() : nullptr;
    const float shrink = decay_[p] ? keep : 1.0f;
    for (std::int64_t i = start_[p]; i < start_[p + 1]; ++i) {
      const float gradient = g ? g[i - start_[p]] * scale : 0.0f;
      m[i] = beta1 * m[i] + (1 - beta1) * gradient;
      v[i] = beta2 * v[i] + (1 - beta2) * gradient * gradient;
      w[i] = w[i] * shrink - step_size * m[i] / (std::sqrt(v[i] * second_scale) + 1e-8f);
      a[i] += average_share * (w[i] - a[i]);
    }
  }
  ++step_;
  return norm;
}

at::Tensor Optimizer::state() const { return at::stack({weights_.detach(), average_, first_, second_}); }

void Optimizer::restore(const at::Tensor& state, std::int64_t step) {
  const auto rows = state.view({4, weights_.numel()});
  const auto* from = rows.const_data_ptr<float>();
  for (const auto* to : {&weights_, &average_, &first_, &second_}) {
    std::copy_n(from, to->numel(), to->mutable_data_ptr<float>());
    from += to->numel();
  }
  step_ = step;
}

}  // namespace treewalk
