// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/network/cloud_head.h"
#include "core/network/encoding.h"
#include "core/network/layers.h"
#include "core/network/point_head.h"
#include "core/network/stem.h"
#include "core/network/steps.h"
#include "core/recipe/recipe.h"
#include "core/scene/scene.h"

namespace treewalk {

/// What one cloud, or several merged ones, look like to a network.
struct NetworkInput {
  Scene scene;
  std::vector<Step> steps;  ///< those of the network that matter, prepared for the scene
  PointQuery points;        ///< segmentation: the points that are asked for
};

/// Steps upward through levels that tiles hold whole cells of, and then one with which all nodes of a level choose
/// their clusters, as nothing is chosen in tiles; the last phase has none.
struct UpwardPhase {
  std::vector<Step> steps, choice;
};
/// The steps of a network that goes over a cloud in tiles: upward and downward through levels that tiles hold whole
/// cells of, and in between across those above, which are seen at once.
struct Sweeps {
  std::vector<UpwardPhase> up;
  std::vector<Step> across, down;
};

/// The encoder-decoder over a hierarchy with a head for points or for the whole cloud, as a recipe describes it: a
/// stem, a list of steps, heads; where a recipe has no classes, no head. Models of parts find the category of a cloud
/// on the way, and then its parts. Stateless: weights are passed in, so one Network serves training, averaged weights
/// and many threads.
class Network {
 public:
  explicit Network(const Recipe& recipe);

  const ParameterTable& parameters() const { return table_; }

  /// Whether inputs are standardised; if so, sets what they are centred and scaled by (tensors of the parameters that
  /// are never trained) to the mean and deviation of these scenes' inputs. Constant columns are only centred.
  bool standardises() const { return stem_.standardises(); }
  void standardise(const std::vector<Scene>& scenes, const Weights& weights) const {
    stem_.standardise(scenes, weights);
  }

  /// Steps with their rows and masks; with their transposes when gradients are wanted. Segmentation: `place` [S] int32
  /// names the points to ask for, ascending places in Morton order; undefined: all. all_levels: also compute what only
  /// the auxiliary heads read; otherwise that is left out, with no bit of the logits changed.
  NetworkInput prepare(Scene scene, bool for_training, bool all_levels, at::Tensor place = {}) const;

  /// The steps that prepare() would prepare for inference, in three parts: `up` and `down` change levels up to `level`,
  /// `across` the others. Throws c10::Error where they do not come in that order, and where the level is below one of
  /// clusters.
  Sweeps sweeps(int level) const;
  /// The same as prepare() for such steps, for inference.
  NetworkInput prepare(Scene scene, std::vector<Step> steps) const;
  /// The stem alone, and the steps [first, last) of the input alone: encode() in parts. of_points: see Stem.
  Encoding begin(const Weights& weights, const NetworkInput& input, const at::Tensor& of_points = {}) const {
    return stem_(weights, input.scene, of_points);
  }
  PointStage points_of(const Weights& weights, const Scene& scene) const { return stem_.points_of(weights, scene); }
  void advance(const Weights& weights, const NetworkInput& input, std::size_t first, std::size_t last,
               Encoding& encoding, Dropout* dropout = nullptr) const;

  /// category [clouds] int32: of models of parts, the clouds' categories where they are known; undefined: found.
  /// dropout: in training; null for inference.
  Encoding encode(const Weights& weights, const NetworkInput& input, const at::Tensor& category = {},
                  Dropout* dropout = nullptr) const;

  /// Logits [n, classes] of every level's cells by the auxiliary heads (training only).
  std::vector<at::Tensor> auxiliary_logits(const Weights& weights, const Encoding& encoding) const;

  /// Logits [S, classes] of the input's points; classes that are no parts of the cloud's category get -1e4.
  /// Differentiable.
  at::Tensor point_logits(const Weights& weights, const NetworkInput& input, const Encoding& encoding,
                          Dropout* dropout = nullptr) const;

  /// Probabilities [N, classes] of all points in Morton order, without gradients: softmax of the logits over the
  /// temperature.
  at::Tensor point_probabilities(const Weights& weights, const NetworkInput& input, const Encoding& encoding,
                                 double temperature = 1) const;

  /// Logits [clouds, classes] of whole clouds.
  at::Tensor cloud_logits(const Weights& weights, const NetworkInput& input, const Encoding& encoding,
                          Dropout* dropout = nullptr) const;

  int classes() const { return classes_; }
  int categories() const { return categories_; }
  const std::vector<Step>& steps() const { return steps_; }

 private:
  std::vector<Step> needed_steps(bool all_levels) const;
  NetworkInput prepare(Scene scene, std::vector<Step> steps, bool for_training, at::Tensor place) const;

  int classes_, categories_, levels_, clusters_;  ///< levels in all, and those of clusters above the leaves
  bool segmentation_, point_attention_, learned_;
  // In the order of their tensors.
  ParameterTable table_;
  Stem stem_;
  std::vector<Step> steps_;
  std::vector<Linear> auxiliary_;  // per level
  PointHead point_head_;
  CloudHead cloud_head_;
};

}  // namespace treewalk
