// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/sequoia_reference/layers.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

namespace treewalk::sequoia_reference {

StateDict::StateDict(Start start, std::uint64_t seed)
    : start_(start), generator_(at::make_generator<at::CPUGeneratorImpl>(seed)) {}

at::Tensor StateDict::add_parameter(const std::string& name, at::Tensor value) {
  value.requires_grad_(true);
  parameters_.emplace_back(name, value);
  return value;
}

at::Tensor StateDict::add_buffer(const std::string& name, at::Tensor value) {
  buffers_.emplace_back(name, value);
  return value;
}

at::Tensor StateDict::normal(at::IntArrayRef shape, double deviation) {
  return at::empty(shape, at::kFloat).normal_(0, deviation, generator_);
}

at::Tensor StateDict::uniform(at::IntArrayRef shape, double bound) {
  return at::empty(shape, at::kFloat).uniform_(-bound, bound, generator_);
}

at::Tensor StateDict::at(const std::string& name) const {
  for (const auto* list : {&parameters_, &buffers_})
    for (const auto& [known, value] : *list)
      if (known == name) return value;
  TORCH_CHECK(false, "the network has no parameter or buffer \"", name, "\"");
}

std::int64_t StateDict::numel() const {
  std::int64_t numel = 0;
  for (const auto& [name, value] : parameters_) numel += value.numel();
  return numel;
}

Linear::Linear(StateDict& state, const std::string& name, std::int64_t in, std::int64_t out, bool with_bias) {
  const double bound = 1 / std::sqrt(double(in));
  const bool normal = state.start() == Start::kaiming_normal;
  weight = state.add_parameter(name + ".weight", normal ? state.normal({out, in}, std::sqrt(2.0 / double(in)))
                                                        : state.uniform({out, in}, bound));
  if (with_bias)
    bias = state.add_parameter(name + ".bias", normal ? at::zeros({out}, at::kFloat) : state.uniform({out}, bound));
}

at::Tensor Linear::operator()(const at::Tensor& x) const { return at::linear(x, weight, bias); }

BatchNorm::BatchNorm(StateDict& state, const std::string& name, std::int64_t width)
    : weight(state.add_parameter(name + ".weight", at::ones({width}, at::kFloat))),
      bias(state.add_parameter(name + ".bias", at::zeros({width}, at::kFloat))),
      mean(state.add_buffer(name + ".running_mean", at::zeros({width}, at::kFloat))),
      variance(state.add_buffer(name + ".running_var", at::ones({width}, at::kFloat))) {}

at::Tensor BatchNorm::operator()(const at::Tensor& x, const Mode& mode) const {
  return at::batch_norm(x, weight, bias, mean, variance, mode.training, mode.momentum, 1e-5, false);
}

LayerNorm::LayerNorm(StateDict& state, const std::string& name, std::int64_t width)
    : weight(state.add_parameter(name + ".weight", at::ones({width}, at::kFloat))),
      bias(state.add_parameter(name + ".bias", at::zeros({width}, at::kFloat))) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, weight.sizes(), weight, bias, 1e-5);
}

LinearNorm::LinearNorm(StateDict& state, const std::string& name, std::int64_t in, std::int64_t out, bool with_bias)
    : linear(state, name + ".0", in, out, with_bias), norm(state, name + ".1", out) {}

at::Tensor LinearNorm::operator()(const at::Tensor& x, const Mode& mode) const {
  return at::relu(norm(linear(x), mode));
}

}  // namespace treewalk::sequoia_reference
