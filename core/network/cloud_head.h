// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/network/layers.h"
#include "core/scene/scene.h"

namespace treewalk {

/// Logits of whole clouds from the nodes of all levels: max and mean over the leaves, max over each level between, mean
/// over the last level, through a hidden layer.
class CloudHead {
 public:
  CloudHead() = default;
  CloudHead(ParameterTable& table, const std::string& name, const std::vector<int>& widths, int hidden, int classes);
  /// x: one [n_l, width_l] per level -> [clouds, classes].
  at::Tensor operator()(const Weights& weights, const Scene& scene, const std::vector<at::Tensor>& x,
                        Dropout* dropout = nullptr) const;

 private:
  LayerNorm norm_;
  Linear hidden_, logit_;
};

}  // namespace treewalk
