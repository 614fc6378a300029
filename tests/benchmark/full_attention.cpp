// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/benchmark/full_attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/full.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <optional>
#include <vector>

namespace treewalk {
namespace {

constexpr std::int64_t kWidth = 128, kHeads = 4, kBlocks = 4, kHidden = 512, kClasses = 40;

/// Parameters in the order in which they were made.
using Parameters = std::vector<at::Tensor>;

struct Affine {
  at::Tensor weight, bias;
  Affine(Parameters& all, std::int64_t in, std::int64_t out)
      : weight((at::rand({out, in}) * 2 - 1) / std::sqrt(double(in))), bias(at::zeros({out})) {
    all.insert(all.end(), {weight, bias});
  }
  at::Tensor operator()(const at::Tensor& x) const { return at::linear(x, weight, bias); }
};

struct Norm {
  at::Tensor gain, shift;
  explicit Norm(Parameters& all) : gain(at::ones({kWidth})), shift(at::zeros({kWidth})) {
    all.insert(all.end(), {gain, shift});
  }
  at::Tensor operator()(const at::Tensor& x) const { return at::layer_norm(x, {kWidth}, gain, shift); }
};

/// Queries, keys and values [N,3*width] -> [N,width].
at::Tensor attend(const at::Tensor& projections) {
  const auto points = projections.size(0);
  const auto parts = projections.view({1, points, 3, kHeads, -1}).permute({2, 0, 3, 1, 4});  // each [1,heads,N,..]
  const auto attended = at::scaled_dot_product_attention(parts[0], parts[1], parts[2]);
  return attended.transpose(1, 2).reshape({points, kWidth});
}

struct Block {
  Norm attention_norm, mlp_norm;
  Affine projections, out, mlp_in, mlp_out;
  explicit Block(Parameters& all)
      : attention_norm(all),
        mlp_norm(all),
        projections(all, kWidth, 3 * kWidth),
        out(all, kWidth, kWidth),
        mlp_in(all, kWidth, 2 * kWidth),
        mlp_out(all, 2 * kWidth, kWidth) {}
  at::Tensor operator()(const at::Tensor& x) const {
    const auto y = x + out(attend(projections(attention_norm(x))));
    return y + mlp_out(at::relu(mlp_in(mlp_norm(y))));
  }
};

struct Network {
  Parameters parameters;
  Affine in, stem;
  std::vector<Block> blocks;
  Affine hidden, score;
  Network()
      : in(parameters, 6, kWidth),
        stem(parameters, kWidth, kWidth),
        hidden(parameters, 2 * kWidth, kHidden),
        score(parameters, kHidden, kClasses) {
    for (std::int64_t b = 0; b < kBlocks; ++b) blocks.emplace_back(parameters);
  }
  at::Tensor operator()(const sequoia_reference::Surface& surface) const {
    auto x = stem(at::relu(in(at::cat({surface.position, surface.normal}, 1))));
    for (const auto& block : blocks) x = block(x);
    const auto whole = at::cat({x.mean(0, true), at::amax(x, 0, true)}, 1);
    return score(at::relu(hidden(whole)));
  }
};

std::int64_t count(const Parameters& parameters) {
  std::int64_t numbers = 0;
  for (const auto& p : parameters) numbers += p.numel();
  return numbers;
}

/// work(turn), which is given the parameters' gradients to compute where `backward` says so.
template <class Work>
Figures measured_with(const Run& run, const Parameters& parameters, bool backward, std::int64_t points,
                      const Work& work) {
  if (backward)
    for (const auto& p : parameters) p.requires_grad_(true);
  const auto one = [&](int turn) {
    const c10::InferenceMode inference(!backward);
    work(turn);
  };
  auto figures = measured(
      run, [&] { one(0); }, one);
  figures.parameters = count(parameters);
  figures.seen = figures.tokens = static_cast<double>(points);
  return figures;
}

}  // namespace

Figures full_attention(const Run& run, std::int64_t points, bool backward) {
  const Network network;
  const auto surfaces = surfaces_of_runs(points, run.repeat);
  const auto label = at::full({1}, 3, at::kLong);
  return measured_with(run, network.parameters, backward, points, [&](int turn) {
    const auto scores = network(surfaces[turn]);
    if (backward) torch::autograd::grad({at::cross_entropy_loss(scores, label)}, network.parameters);
  });
}

Figures full_attention_layer(const Run& run, std::int64_t points, bool whole_block, bool backward) {
  Parameters parameters;
  std::optional<Block> block;
  if (whole_block) block.emplace(parameters);
  const auto x = at::randn({points, 3 * kWidth}), gradient = at::randn({points, kWidth});
  if (backward) x.requires_grad_(true);
  auto inputs = parameters;
  inputs.push_back(x);
  return measured_with(run, parameters, backward, points, [&](int) {
    const auto y = block ? (*block)(x.narrow(1, 0, kWidth)) : attend(x);
    if (backward) torch::autograd::grad({y}, inputs, {gradient});
  });
}

}  // namespace treewalk
