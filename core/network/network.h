// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/features/scene.h"
#include "core/model/recipe.h"
#include "core/network/layers.h"

namespace treewalk {

/// One step of a network's plan over the levels of a hierarchy.
struct PlanStep {
  enum Kind { pool, attend, spread } kind = attend;
  int from = 0, to = 0;  ///< levels that change; pool and spread: one level, from the next finer / coarser one
  FamilyChoice family;   ///< attend only
  int first_source = 0, last_source = 0;  ///< attend: levels whose nodes are keys
};

/// Order "up-down": fine to coarse pool and attend (self, siblings, children), then coarse to fine spread and attend
/// (with ancestors); every level has its own width and weights. Order "together": pool upwards, then blocks in which
/// all levels attend at once with shared weights. Both are lists of the same three steps.
std::vector<PlanStep> make_plan(const NetworkSpec& spec, int levels);

/// What one cloud looks like to a network: its scene and the rows of each attend step (empty for other steps).
struct NetworkInput {
  Scene scene;
  std::vector<AttentionRows> rows;
};

/// The encoder-decoder over a hierarchy with a head for points or for the whole cloud, as a recipe describes it.
/// Stateless: weights are passed in, so one Network serves training, averaged weights and many threads.
class Network {
 public:
  explicit Network(const Recipe& recipe);

  const ParameterTable& parameters() const { return table_; }

  /// Rows of every attend step; with their transposes when gradients are wanted.
  NetworkInput prepare(Scene scene, bool for_training) const;

  /// Features of the nodes after the whole plan: one [n_l, width_l] per level.
  std::vector<at::Tensor> encode(const Weights& weights, const NetworkInput& input) const;

  /// Scores [n, classes] of every level's cells by the auxiliary heads (training only).
  std::vector<at::Tensor> auxiliary_scores(const Weights& weights, const std::vector<at::Tensor>& x) const;

  /// Scores [S, classes] of points by their ascending places [S] (int32) in Morton order. Differentiable.
  at::Tensor point_scores(const Weights& weights, const NetworkInput& input, const std::vector<at::Tensor>& x,
                          const at::Tensor& place) const;

  /// Probabilities [N, classes] of all points in Morton order, without gradients: the same function as point_scores,
  /// fused, nothing per point is stored but the result.
  at::Tensor point_probabilities(const Weights& weights, const NetworkInput& input,
                                 const std::vector<at::Tensor>& x) const;

  /// Scores [1, classes] of the whole cloud: max and mean over the leaves, max over level 1 and mean over the last
  /// level, through a hidden layer.
  at::Tensor cloud_scores(const Weights& weights, const std::vector<at::Tensor>& x) const;

  int classes() const { return classes_; }
  const std::vector<PlanStep>& plan() const { return plan_; }

 private:
  int classes_ = 0, levels_ = 0, point_features_ = 0;
  bool segmentation_ = true, together_ = false;
  ParameterTable table_;
  std::vector<PlanStep> plan_;
  std::vector<Linear> stem_in_, stem_out_;  // per level
  std::vector<Linear> step_linear_;         // per step: pool and spread
  std::vector<FamilyBlock> block_;          // in the order of the attend steps
  std::vector<Linear> auxiliary_;           // per level
  LayerNorm head_norm_;
  Linear head_cell_, head_point_, head_score_, head_direct_;
};

}  // namespace treewalk
