// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/attention/attention.h"
#include "core/attention/family.h"

namespace treewalk {

enum class Init { zero, one, uniform, normal };

/// One tensor of a network: what a model file must hold, and how training starts.
struct ParameterSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  Init init = Init::zero;
  double scale = 0;    ///< bound of the uniform, deviation of the normal distribution
  bool decay = false;  ///< whether weight decay applies (matrices yes; biases, norms, relation terms no)
  std::vector<std::pair<std::int64_t, double>> preset = {};  ///< single values that start elsewhere
  bool product = false;  ///< a matrix that rows are multiplied with: what mixed precision is about
  std::int64_t numel() const;
};

/// The parameters of a network in a fixed order; layers keep indices into it.
class ParameterTable {
 public:
  int add(ParameterSpec spec);
  const std::vector<ParameterSpec>& all() const { return spec_; }
  ParameterSpec& operator[](int index) { return spec_[index]; }
  std::int64_t numel() const;

 private:
  std::vector<ParameterSpec> spec_;
};

/// Tensors in the order of a ParameterTable.
using Weights = std::vector<at::Tensor>;

/// Fresh weights: float32 views into one contiguous tensor, returned last for optimisers. Depends on the seed only.
Weights initial_weights(const ParameterTable& table, std::uint64_t seed, at::Tensor* flat);
/// Views into `flat` [table.numel()], in the table's order.
Weights weight_views(const ParameterTable& table, const at::Tensor& flat);

/// The weights with those for products in another type, which `linear` then takes for the product (see ops.h): a
/// network that gets them computes in mixed precision. Differentiable.
Weights with_products_in(at::ScalarType type, const ParameterTable& table, const Weights& weights);

struct Linear {
  int weight = -1, bias = -1;
  Linear() = default;
  /// Weights and biases start uniform within gain / sqrt(in).
  Linear(ParameterTable& table, const std::string& name, std::int64_t in, std::int64_t out, bool with_bias = true,
         double gain = 1);
  at::Tensor operator()(const Weights& weights, const at::Tensor& x) const;
};

struct LayerNorm {
  int gain = -1, shift = -1;
  LayerNorm() = default;
  LayerNorm(ParameterTable& table, const std::string& name, std::int64_t width);
  at::Tensor operator()(const Weights& weights, const at::Tensor& x) const;
};

/// Dropout of one training step: which numbers fall out depends on (seed, step) and on the order of the calls only. A
/// null pointer to it stands for inference.
class Dropout {
 public:
  Dropout(std::uint64_t seed, std::uint64_t step, double residual, double head)
      : residual(residual), head(head), seed_(seed), step_(step) {}
  at::Tensor drop(const at::Tensor& x, double probability);
  double residual, head;  ///< probabilities: on residual branches, in the hidden layers of heads

 private:
  std::uint64_t seed_, step_, calls_ = 0;
};

/// What a family block looks like, beside its width.
struct FamilyBlockOptions {
  int heads = 1;
  double expansion = 2;
  int relations = 4;
  std::vector<int> source_widths;
  bool separate = false;          ///< a softmax per relation group, mixed by learned shares, instead of a joint one
  bool relation_position = true;  ///< slopes of the edge geometry per relation, and its attended mean as a value
  bool query_position = true;     ///< slopes that depend on the query
};

/// Family attention and a multi-layer perceptron, both pre-norm with residuals:
///   x += Wo [ sum_v a v(v) | sum_v a g(u,v) ];   x += W2 ReLU(W1 LN(x)).
/// Sources are the groups of nodes that keys come from, in node order; each has its own norm and projections (the
/// query's own group too). Position enters the logits by a projection of the query and by a slope and a bias per
/// relation, and the values by the attended mean of the edge geometry.
class FamilyBlock {
 public:
  FamilyBlock() = default;
  FamilyBlock(ParameterTable& table, const std::string& name, int width, const FamilyBlockOptions& options);
  /// x [n,width]; sources[i] [m_i, source_widths[i]]; their rows together are the keys of `rows`: one set of rows, or
  /// with separate softmaxes one for each of kRowGroups.
  at::Tensor operator()(const Weights& weights, const at::Tensor& x, const std::vector<at::Tensor>& sources,
                        const at::Tensor& node, const std::vector<AttentionRows>& rows,
                        Dropout* dropout = nullptr) const;

  /// Groups of keys with projections of their own.
  int sources() const { return static_cast<int>(options_.source_widths.size()); }
  /// The sets of rows that attend to this family: one, or with separate softmaxes one for each of kRowGroups.
  std::vector<FamilyChoice> row_groups(const FamilyChoice& family) const;
  /// Groups of relations with a softmax each: self and siblings, children, ancestors.
  static constexpr int kRowGroups = 3;

 private:
  /// [keys, width] each.
  std::pair<at::Tensor, at::Tensor> keys_and_values(const Weights& weights, const std::vector<at::Tensor>& sources,
                                                    bool at_once) const;

  int width_ = 0;
  FamilyBlockOptions options_;
  LayerNorm query_norm_, mlp_norm_;
  Linear query_, position_, out_, mlp_in_, mlp_out_;
  std::vector<LayerNorm> source_norm_;
  std::vector<Linear> key_, value_;
  int slope_ = -1, bias_ = -1, mix_ = -1;
};

/// Units of distance per relation: self, sibling, child, then the ancestors, nearest first; float32 on that device.
at::Tensor relation_scales(int relations, c10::Device device);

}  // namespace treewalk
