// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/network/cloud_head.h"
#include "core/network/layers.h"
#include "core/network/mask_block.h"
#include "core/network/plan.h"
#include "core/network/point_head.h"
#include "core/recipe/recipe.h"
#include "core/scene/scene.h"

namespace treewalk {

/// What one cloud, or several merged ones, look like to a network.
struct NetworkInput {
  Scene scene;
  Plan plan;
  std::vector<std::vector<AttentionRows>> rows;  ///< per step of the plan: one set, or one per group of relations
  /// Per step of the plan: null without a mask of walks; one for all heads, or one per head.
  std::vector<std::shared_ptr<const std::vector<BlockMask>>> mask;
  PointQuery points;  ///< segmentation: the points to score
};

/// What an encoder makes of it.
struct Encoding {
  std::vector<at::Tensor> x;   ///< features of the nodes: one [n_l, width_l] per level
  at::Tensor stage;            ///< [N, width] features of the points; undefined without a point stage
  at::Tensor code;             ///< [clouds, width] code of each cloud's category; category models only
  at::Tensor category_scores;  ///< [clouds, categories]; category models only
  at::Tensor category;         ///< [clouds] int32: the categories that were given or found
};

/// The encoder-decoder over a hierarchy with a head for points or for the whole cloud, as a recipe describes it.
/// Models of parts find the category of a cloud by a tower of blocks of its own, and then its parts.
/// Stateless: weights are passed in, so one Network serves training, averaged weights and many threads.
class Network {
 public:
  explicit Network(const Recipe& recipe);

  const ParameterTable& parameters() const { return table_; }

  /// Whether inputs are standardised; if so, sets what they are centred and scaled by (tensors of the parameters that
  /// are never trained) to the mean and deviation of these scenes' inputs. Constant columns are only centred.
  bool standardises() const { return !standard_.empty(); }
  void standardise(const std::vector<Scene>& scenes, const Weights& weights) const;

  /// Rows of every attend step; with their transposes when gradients are wanted. Segmentation: `place` [S] int32 names
  /// the points to score, ascending places in Morton order; undefined: all. all_levels: also compute what only the
  /// auxiliary heads read; otherwise that is left out, with no bit of the scores changed.
  NetworkInput prepare(Scene scene, bool for_training, bool all_levels, at::Tensor place = {}) const;

  /// category [clouds] int32: of models of parts, the clouds' categories where they are known; undefined: found.
  /// dropout: in training; null for inference.
  Encoding encode(const Weights& weights, const NetworkInput& input, const at::Tensor& category = {},
                  Dropout* dropout = nullptr) const;

  /// Scores [n, classes] of every level's cells by the auxiliary heads (training only).
  std::vector<at::Tensor> auxiliary_scores(const Weights& weights, const Encoding& encoding) const;

  /// Scores [S, classes] of the input's points; classes that are no parts of the cloud's category get -1e4.
  /// Differentiable.
  at::Tensor point_scores(const Weights& weights, const NetworkInput& input, const Encoding& encoding,
                          Dropout* dropout = nullptr) const;

  /// Probabilities [N, classes] of all points in Morton order, without gradients: softmax of point_scores.
  at::Tensor point_probabilities(const Weights& weights, const NetworkInput& input, const Encoding& encoding) const;

  /// Scores [clouds, classes] of whole clouds.
  at::Tensor cloud_scores(const Weights& weights, const NetworkInput& input, const Encoding& encoding,
                          Dropout* dropout = nullptr) const;

  int classes() const { return classes_; }
  int categories() const { return categories_; }
  const Plan& plan() const { return plan_; }

 private:
  at::Tensor attend(const Weights& weights, const FamilyBlock& block, const PlanStep& step,
                    const std::vector<AttentionRows>& rows, const Hierarchy& hierarchy,
                    const std::vector<at::Tensor>& x, Dropout* dropout) const;
  void find_category(const Weights& weights, const NetworkInput& input, std::size_t step, const at::Tensor& category,
                     Dropout* dropout, Encoding& encoding) const;
  at::Tensor run_mask_block(const Weights& weights, const NetworkInput& input, std::size_t step,
                            const std::vector<at::Tensor>& x, Dropout* dropout) const;
  /// Of a step; shared with an earlier one over the same nodes where walks are drawn once.
  std::shared_ptr<const std::vector<BlockMask>> masks_of(const NetworkInput& input, std::size_t step,
                                                         bool for_training) const;
  std::vector<AttentionRows> rows_of(const Hierarchy& hierarchy, const PlanStep& step, bool for_training) const;

  int classes_ = 0, categories_ = 0, levels_ = 0, point_features_ = 0;
  bool segmentation_ = true, together_ = false, separate_ = false, point_attention_ = false;
  std::vector<int> category_of_class_;
  ParameterTable table_;
  Plan plan_;
  /// Centre and factor of a matrix's columns.
  struct Standard {
    int centre = -1, factor = -1;
  };
  at::Tensor standardised(const Weights& weights, std::size_t which, const at::Tensor& input) const;

  std::vector<Standard> standard_;          // per level, then of the points
  std::vector<Linear> stem_in_, stem_out_;  // per level
  LayerNorm stage_norm_;
  Linear stage_in_, stage_out_, stage_pool_;
  std::vector<Linear> step_linear_;    // per step: pool and spread
  std::vector<FamilyBlock> block_;     // per step: attend by family
  std::vector<MaskBlock> mask_block_;  // per step: attend by mask, and global
  MaskSpec walks_;
  std::vector<Linear> auxiliary_;  // per level
  std::vector<FamilyBlock> tower_;
  CloudHead tower_head_;
  int code_ = -1;  // [categories, width]
  Linear code_node_;
  PointHead point_head_;
  CloudHead cloud_head_;
};

}  // namespace treewalk
