// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

// Autograd's tape, for functions that compute their gradients themselves:
//
//   at::Tensor scaled(const at::Tensor& any_x, double factor) {
//     const auto x = any_x.detach().contiguous();
//     const auto y = multiply(x, factor);
//     return record(y, {any_x}, {}, [factor](const Gradients& of) { return Tensors{multiply(of[0], factor)}; });
//   }

namespace treewalk {

using Tensors = std::vector<at::Tensor>;

/// What a backward pass gets.
class Gradients {
 public:
  Gradients(Tensors of_outputs, std::vector<bool> wanted)
      : of_outputs_(std::move(of_outputs)), wanted_(std::move(wanted)) {}
  /// The gradient of an output, contiguous; zeros where nothing was made of that output.
  const at::Tensor& operator[](std::size_t output) const { return of_outputs_[output]; }
  /// Whether anybody asks for the gradient of an input; that of another may be left undefined.
  bool wanted(std::size_t input) const { return wanted_[input]; }

 private:
  Tensors of_outputs_;
  std::vector<bool> wanted_;
};

/// Gradients of the inputs in their order, undefined for those that have none.
using Backward = std::function<Tensors(const Gradients&)>;

/// Whether record() records: gradients are enabled, and one of the inputs requires them.
bool is_recorded(at::TensorList inputs);

/// Records that `outputs` were computed from `inputs` (undefined ones may be among them), and how gradients go back.
/// Returns what has that history: the outputs' memory under new tensors, so that `backward` may hold the outputs that
/// were given and no cycle keeps a graph alive. Where nothing is recorded, returns the outputs as they are.
/// `backward` holds what it needs by value and detached, as inputs may get another history later; it is dropped with
/// its values once it has run, unless the graph is retained. Its results have no history: who differentiates them once
/// more gets an error. `read`: those of its values that a caller can reach (inputs, outputs); one that was changed in
/// place before the backward pass is an error.
Tensors record(at::TensorList outputs, at::TensorList inputs, at::TensorList read, Backward backward);
at::Tensor record(const at::Tensor& output, at::TensorList inputs, at::TensorList read, Backward backward);

/// function(inputs), whose backward pass computes it again by autograd, so that nothing within it is kept meanwhile.
at::Tensor recomputed(const std::function<at::Tensor(const Tensors&)>& function, at::TensorList inputs);

}  // namespace treewalk
