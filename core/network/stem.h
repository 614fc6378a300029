// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "core/network/encoding.h"
#include "core/network/layers.h"
#include "core/recipe/recipe.h"
#include "core/scene/scene.h"

namespace treewalk {

/// The embedding of points [N, width], and what it adds to the leaves' x [n_0, width_0].
struct PointStage {
  at::Tensor embedding, of_leaves;
};

/// What makes a scene's input features the first features of its nodes: two layers for each level, and zeros where a
/// level has no inputs; and where a recipe has them, standardised inputs and an embedding of the points, whose maxima
/// and means enter the leaves.
class Stem {
 public:
  Stem(ParameterTable& table, const Recipe& recipe);
  /// x, and where there is one the point embedding. of_points: what points_of(scene) gives the leaves, where it is
  /// known; no point is read then, and there is no embedding.
  Encoding operator()(const Weights& weights, const Scene& scene, const at::Tensor& of_points = {}) const;
  /// Of points and leaves alone. Nothing is defined where the recipe has no embedding.
  PointStage points_of(const Weights& weights, const Scene& scene) const;

  bool standardises() const { return !standard_.empty(); }
  /// See Network.
  void standardise(const std::vector<Scene>& scenes, const Weights& weights) const;

 private:
  /// Centre and factor of a matrix's columns.
  struct Standard {
    int centre, factor;
  };
  struct Cells {
    int width;
    bool sees;  ///< whether the level has inputs
    Linear in, out;
  };
  struct Points {
    Linear in;
    LayerNorm norm;
    Linear out, pool;
  };
  at::Tensor standardised(const Weights& weights, std::size_t which, const at::Tensor& input) const;

  std::vector<Cells> cells_;        // per level
  std::vector<Standard> standard_;  // none; or per level, then of the points
  std::optional<Points> points_;
};

}  // namespace treewalk
