// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/recipe/recipe.h"
#include "core/training/augment.h"
#include "core/training/draw.h"

namespace treewalk {

/// How a recipe changes a cloud for each draw: its two chains of changes, and its normalisation between them.
struct Augmenter {
  /// Throws Error for a chain that is not understood.
  explicit Augmenter(const Recipe& recipe);
  /// The cloud changed, thinned, normalised and changed again; without normalisation only the last. A cloud that was
  /// stretched is told the size that it had. Depends on the sample and the draw only. Thread-safe.
  Sample operator()(const Sample& raw, const Draw& draw) const;

  SceneOptions scene;
  double size_jitter;  ///< deviation of the log of the size that a normalised cloud is told to have
  Augmentation before, after;
};

}  // namespace treewalk
