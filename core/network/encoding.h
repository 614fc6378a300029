// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace treewalk {

/// What an encoder knows of a scene: the stem begins it, the steps work on it in turn, and heads read it.
struct Encoding {
  std::vector<at::Tensor> x;      ///< features of the nodes: one [n_l, width_l] per level
  at::Tensor point_embedding;     ///< [N, width] of the points; undefined where the recipe has none
  at::Tensor category_embedding;  ///< [clouds, width] of each cloud's category; models of parts only
  at::Tensor category_logits;     ///< [clouds, categories]; models of parts only
  at::Tensor category;            ///< [clouds] int32: the categories that were given or found; models of parts only
};

}  // namespace treewalk
