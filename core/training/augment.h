// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/recipe/augment_spec.h"
#include "core/training/draw.h"
#include "core/training/sample.h"

namespace treewalk {

/// The chain of random changes that a recipe's "augment" names; what each does, and its settings, stand in
/// core/recipe/augment_fields.cpp. They are applied in the order of AugmentSpec, and each draws from its own stream of
/// (draw, key), so adding or removing one leaves the draws of the others as they were.
///
/// Rotations, mirrors and factors leave the viewpoint where it is (where it is far off, both move together). Fields
/// follow their points and normals turn with the surface. A selection that would leave nothing is not made.
class Augmentation {
 public:
  Augmentation() = default;
  /// classes: the names that "class" and "ground" may use, in the order of the labels. key: of the chain in the recipe;
  /// the two chains draw different numbers.
  explicit Augmentation(const AugmentSpec& spec, const std::vector<std::string>& classes = {},
                        const std::string& key = "augment");
  /// Applies the chain; the result depends on the draw and the sample only. Thread-safe.
  Sample operator()(Sample sample, const Draw& draw) const;

 private:
  struct Entry;
  std::shared_ptr<const std::vector<Entry>> entries_;
};

}  // namespace treewalk
