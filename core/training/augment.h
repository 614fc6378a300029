// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/features/scene.h"
#include "core/model/strict_json.h"

namespace treewalk {

/// A labelled cloud during training.
struct Sample {
  PointSet points;
  std::vector<std::int8_t> label;  ///< class index per point, -1: not in the loss
  int cloud_label = -1;            ///< classification: class index of the whole cloud
};

/// The chain of random changes that a recipe's "augment" object names; see augment.cpp for the list and the meaning of
/// every key. Each change draws from its own stream, so adding one leaves the others as they were.
class Augmentation {
 public:
  Augmentation() = default;
  /// Throws Error for an unknown key (naming the nearest) or a value out of range.
  explicit Augmentation(const Json& description);
  /// Applies the chain; the result depends on (seed, step) and the sample only.
  Sample operator()(const Sample& sample, std::uint64_t seed, std::uint64_t step) const;

 private:
  Json description_;
};

}  // namespace treewalk
