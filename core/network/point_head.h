// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "core/network/layers.h"
#include "core/scene/scene.h"

namespace treewalk {

struct PointHeadOptions {
  int leaf_width = 0, hidden = 16, classes = 0;
  int features = 0;        ///< columns of Scene::point
  int stage = 0;           ///< width of the point stage's output; 0: there is none
  int code = 0;            ///< width of the category's code; 0: there is none
  bool attention = false;  ///< points attend to the nodes around them
  int heads = 1, relations = 0;
  int prior = -1;  ///< point feature that starts the last score; -1: none
  double prior_weight = 0;
};

/// What the head reads of the points it scores, beside the scene.
struct PointQuery {
  at::Tensor place;    ///< [S] int32 ascending places in Morton order
  AttentionRows rows;  ///< attention only: nodes around each of them
  at::Tensor node;     ///< attention only: the records of all nodes and then of the points
};

/// Scores of points: what their leaf cell knows, where in it they lie, their own features, and (options) what they
/// attend to and the category of their cloud, added up in one hidden layer.
class PointHead {
 public:
  PointHead() = default;
  PointHead(ParameterTable& table, const std::string& name, const PointHeadOptions& options);

  /// x: leaf features [n0, leaf_width]; all: features of all nodes [M, leaf_width] (attention only); stage [N, stage];
  /// code [clouds, code]. -> [S, classes]. Differentiable.
  at::Tensor operator()(const Weights& weights, const Scene& scene, const PointQuery& query, const at::Tensor& x,
                        const at::Tensor& all, const at::Tensor& stage, const at::Tensor& code, Dropout* dropout) const;

  /// Whether all points can be scored by `probabilities`.
  bool simple() const { return options_.stage == 0 && options_.code == 0 && !options_.attention; }
  /// Probabilities [N, classes] of all points in Morton order, without gradients: softmax of the scores, fused, so that
  /// nothing per point is stored but the result. Simple heads on the CPU only.
  at::Tensor probabilities(const Weights& weights, const Scene& scene, const at::Tensor& x) const;

 private:
  PointHeadOptions options_;
  LayerNorm norm_;
  Linear cell_, point_, stage_, code_, score_, direct_;
  LayerNorm key_norm_;
  Linear query_, key_, value_, position_, out_;
  int slope_ = -1, bias_ = -1;
};

/// Rows for points at `place` (ascending): their leaf (as self), its siblings and its ancestors. -> query.rows, .node.
/// The host waits once, for the number of entries.
void attend_to_leaves(const Scene& scene, bool with_transposes, PointQuery& query);

}  // namespace treewalk
