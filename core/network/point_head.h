// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/network/encoding.h"
#include "core/network/layers.h"
#include "core/scene/scene.h"

namespace treewalk {

struct PointHeadOptions {
  int leaf_width = 0, hidden = 16, classes = 0;
  int features = 0;                      ///< columns of Scene::point
  int point_embedding = 0;               ///< width of the points' embedding; 0: there is none
  std::vector<int> category_of_class{};  ///< models of parts
  int categories = 0;                    ///< their number; 0: this is no model of parts
  bool attention = false;                ///< points attend to the nodes around them
  int heads = 1, relations = 0;
  int skip_feature = -1;  ///< point feature whose value starts the last logit; -1: none
  double skip_weight = 0;
};

/// What a point head reads of the points that it is asked for, beside their scene.
struct PointQuery {
  at::Tensor place;    ///< [S] int32 ascending places in Morton order
  AttentionRows rows;  ///< attention only: nodes around each of them
  at::Tensor node;     ///< attention only: the records of all nodes and then of the points
};

/// Logits of points: what their leaf cell knows, where in it they lie, their own features, and (options) what they
/// attend to and the category of their cloud, added up in one hidden layer.
class PointHead {
 public:
  PointHead() = default;
  PointHead(ParameterTable& table, const std::string& name, const PointHeadOptions& options);

  /// Logits [S, classes] over the temperature; classes that are no parts of the cloud's category get -1e4.
  /// Differentiable.
  at::Tensor operator()(const Weights& weights, const Scene& scene, const PointQuery& query, const Encoding& encoding,
                        Dropout* dropout, double temperature = 1) const;

  /// Whether all points can be scored by `probabilities`.
  bool simple() const { return options_.point_embedding == 0 && options_.categories == 0 && !options_.attention; }
  /// Probabilities [N, classes] of all points in Morton order, without gradients: softmax of the logits over the
  /// temperature, fused, so that nothing per point is stored but the result. Simple heads on the CPU only.
  at::Tensor probabilities(const Weights& weights, const Scene& scene, const at::Tensor& leaf_features,
                           double temperature) const;

 private:
  at::Tensor attend(const Weights& weights, const PointQuery& query, const at::Tensor& point,
                    const at::Tensor& nodes) const;
  at::Tensor parts_only(const at::Tensor& logits, const at::Tensor& category) const;

  PointHeadOptions options_;
  LayerNorm norm_;
  Linear cell_, point_, embedding_, category_, logit_, skip_;  // skip: from the features straight to the logits
  LayerNorm key_norm_;
  Linear query_, key_, value_, position_, out_;
  int slope_ = -1, bias_ = -1;
};

/// Rows for points at `place` (ascending): their leaf (as self), its siblings and its ancestors. -> query.rows, .node.
/// The host waits once, for the number of entries.
void attend_to_leaves(const Scene& scene, const Hierarchy& hierarchy, bool with_transposes, PointQuery& query);

}  // namespace treewalk
