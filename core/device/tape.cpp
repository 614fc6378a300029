// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/tape.h"

#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>

namespace treewalk {
namespace {

using torch::autograd::edge_list;
using torch::autograd::Node;
using torch::autograd::variable_list;

edge_list edges_to(at::TensorList inputs) {
  edge_list edges;
  edges.reserve(inputs.size());
  for (const auto& input : inputs)
    edges.push_back(input.defined() ? torch::autograd::impl::gradient_edge(input) : torch::autograd::Edge());
  return edges;
}

/// Stands behind gradients, whose own gradients nobody computes.
struct OnceOnly : Node {
  using Node::Node;
  variable_list apply(variable_list&&) override {
    TORCH_CHECK(false,
                "gradients of treewalk's operations cannot be differentiated once more; take them without a "
                "graph of their own");
  }
};

/// How often a tensor has been changed in place; tensors of inference mode do not count it.
std::uint32_t changes_of(const at::Tensor& tensor) {
  return tensor.defined() && !tensor.is_inference() ? tensor._version() : 0;
}

class Recorded : public Node {
 public:
  Recorded(edge_list&& edges, at::TensorList read, Backward backward)
      : Node(std::move(edges)), read_(read.vec()), backward_(std::make_shared<const Backward>(std::move(backward))) {
    for (const auto& tensor : read_) changes_.push_back(changes_of(tensor));
  }

  variable_list apply(variable_list&& given) override {
    const auto backward = unchanged_backward();
    Tensors of_outputs = given;
    for (std::size_t i = 0; i < of_outputs.size(); ++i)
      of_outputs[i] = of_outputs[i].defined() ? of_outputs[i].contiguous() : input_metadata(i).zeros_like();
    std::vector<bool> wanted;
    for (std::size_t i = 0; i < num_outputs(); ++i) wanted.push_back(task_should_compute_output(i));

    const bool with_graph = at::GradMode::is_enabled();
    Tensors results = [&] {
      const at::AutoGradMode off(false);
      return (*backward)(Gradients(std::move(of_outputs), std::move(wanted)));
    }();
    TORCH_INTERNAL_ASSERT(results.size() == num_outputs());
    if (with_graph) forbid_another(results, given);
    return results;
  }

  void release_variables() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    backward_ = nullptr;
    read_.clear();
  }

 private:
  std::shared_ptr<const Backward> unchanged_backward() {
    const std::lock_guard<std::mutex> lock(mutex_);
    TORCH_CHECK(backward_,
                "the backward pass has already gone through this graph, which was not retained; retain it, "
                "or compute it again");
    for (std::size_t i = 0; i < read_.size(); ++i)
      TORCH_CHECK(changes_of(read_[i]) == changes_[i], "a tensor ", read_[i].sizes(),
                  " that the backward pass reads was changed in place since; change a copy of it");
    return backward_;
  }

  /// Leads from the gradients to all that they depend on, so that whoever asks for a gradient of theirs gets there.
  void forbid_another(Tensors& results, at::TensorList given) const {
    auto edges = edges_to(given);
    edges.insert(edges.end(), next_edges().begin(), next_edges().end());
    const auto node = std::make_shared<OnceOnly>(std::move(edges));
    for (auto& result : results)
      if (result.defined()) torch::autograd::create_gradient_edge(result = result.detach(), node);
  }

  Tensors read_;
  std::vector<std::uint32_t> changes_;
  std::shared_ptr<const Backward> backward_;
};

}  // namespace

bool is_recorded(at::TensorList inputs) {
  return at::GradMode::is_enabled() && std::any_of(inputs.begin(), inputs.end(), [](const at::Tensor& t) {
           return t.defined() && t.requires_grad();
         });
}

Tensors record(at::TensorList outputs, at::TensorList inputs, at::TensorList read, Backward backward) {
  if (!is_recorded(inputs)) return outputs.vec();
  // A graph may be long: its nodes are deleted one after the other, not each by the one before.
  const std::shared_ptr<Node> node(new Recorded(edges_to(inputs), read, std::move(backward)),
                                   torch::autograd::deleteNode);
  Tensors recorded;
  for (const auto& output : outputs) {
    recorded.push_back(output.detach());
    torch::autograd::create_gradient_edge(recorded.back(), node);
  }
  return recorded;
}

at::Tensor record(const at::Tensor& output, at::TensorList inputs, at::TensorList read, Backward backward) {
  return record(at::TensorList(output), inputs, read, std::move(backward)).front();
}

at::Tensor recomputed(const std::function<at::Tensor(const Tensors&)>& function, at::TensorList inputs) {
  Tensors values;
  for (const auto& input : inputs) values.push_back(input.detach());
  const auto output = [&] {
    const at::NoGradGuard none;
    return function(values);
  }();
  return record(output, inputs, values, [function, values](const Gradients& of) {
    Tensors again, asked;
    for (std::size_t i = 0; i < values.size(); ++i) {
      again.push_back(values[i].detach());
      if (of.wanted(i)) asked.push_back(again.back().requires_grad_(true));
    }
    const at::AutoGradMode enabled(true);
    const auto found = torch::autograd::grad({function(again)}, asked, {of[0]});
    Tensors results(values.size());
    for (std::size_t i = 0, next = 0; i < values.size(); ++i)
      if (of.wanted(i)) results[i] = found[next++];
    return results;
  });
}

}  // namespace treewalk
