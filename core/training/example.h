// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/geometry/graph.h"
#include "core/recipe/recipe.h"
#include "core/scene/scene.h"
#include "core/training/draw.h"
#include "core/training/sample.h"

namespace treewalk {

/// One cloud of a batch: what the network sees, and what it is to answer. On the CPU.
struct Example {
  Scene scene;
  at::Tensor loss_point;  ///< segmentation: [S] int32, ascending, in Morton order: the points that enter the loss
  at::Tensor target;      ///< of those points, or of the cloud [1,classes]: see smoothed_targets
  std::vector<at::Tensor> cell_target;   ///< segmentation with an auxiliary loss: see cell_targets
  at::Tensor leaf_label;                 ///< segmentation with learned clusters: see leaf_labels
  Csr coarse;                            ///< segmentation: the classes of each coarse label, if there are any
  at::Tensor category, category_target;  ///< models of parts: [1] int32; [1,categories]
};

/// The scene, with its features, of a sample that was augmented. Its place in the grid is random, and so are the
/// features that drop out.
Scene scene_of(Sample sample, const Recipe& recipe, const Draw& draw);

/// What a segmentation learns from a scene: the points that enter the loss, drawn among the labelled ones, and their
/// targets. label: of the points in Morton order, -1 for none.
void add_point_targets(Example& example, const std::vector<std::int8_t>& label, const Recipe& recipe, const Draw& draw);

Example make_example(Sample sample, const Recipe& recipe, const Draw& draw);

}  // namespace treewalk
