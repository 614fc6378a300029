// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace treewalk::sequoia_reference {

/// How weights start: release as specified, sections 3.1 (classifier) and 3.2 (segmenter).
enum class Start { kaiming_normal, torch_default };

/// Parameters and buffers by their names in the release's state dict, in the order they were made.
class StateDict {
 public:
  StateDict(Start start, std::uint64_t seed);

  at::Tensor add_parameter(const std::string& name, at::Tensor value);
  at::Tensor add_buffer(const std::string& name, at::Tensor value);
  at::Tensor normal(at::IntArrayRef shape, double deviation);
  at::Tensor uniform(at::IntArrayRef shape, double bound);

  const std::vector<std::pair<std::string, at::Tensor>>& parameters() const { return parameters_; }
  const std::vector<std::pair<std::string, at::Tensor>>& buffers() const { return buffers_; }
  /// Parameter or buffer; throws for an unknown name.
  at::Tensor at(const std::string& name) const;
  std::int64_t numel() const;
  Start start() const { return start_; }

 private:
  Start start_;
  at::Generator generator_;
  std::vector<std::pair<std::string, at::Tensor>> parameters_, buffers_;
};

/// Whether batch norm uses the statistics of the batch, and how strongly it keeps them.
struct Mode {
  bool training = false;
  double momentum = 0.1;
};

struct Linear {
  at::Tensor weight, bias;
  Linear() = default;
  Linear(StateDict& state, const std::string& name, std::int64_t in, std::int64_t out, bool with_bias = true);
  at::Tensor operator()(const at::Tensor& x) const;
};

/// Over all rows of x; eps 1e-5.
struct BatchNorm {
  at::Tensor weight, bias, mean, variance;
  BatchNorm() = default;
  BatchNorm(StateDict& state, const std::string& name, std::int64_t width);
  at::Tensor operator()(const at::Tensor& x, const Mode& mode) const;
};

struct LayerNorm {
  at::Tensor weight, bias;
  LayerNorm() = default;
  LayerNorm(StateDict& state, const std::string& name, std::int64_t width);
  at::Tensor operator()(const at::Tensor& x) const;
};

/// Linear, batch norm, ReLU: the release's "mlp".
struct LinearNorm {
  Linear linear;
  BatchNorm norm;
  LinearNorm() = default;
  LinearNorm(StateDict& state, const std::string& name, std::int64_t in, std::int64_t out, bool with_bias);
  at::Tensor operator()(const at::Tensor& x, const Mode& mode) const;
};

}  // namespace treewalk::sequoia_reference
