// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <vector>

#include "core/network/cloud_head.h"
#include "core/network/family_step.h"
#include "core/network/preparation.h"
#include "core/recipe/recipe.h"

namespace treewalk {

/// Models of parts: finds what each cloud is by a branch of blocks over a copy of all levels, and adds the embedding of
/// its category, given or found, to every node (a step: see steps.h).
class Categorise {
 public:
  Categorise(ParameterTable& table, const Recipe& recipe);

  LevelRange levels;  ///< all
  void prune(std::vector<bool>& read) { mark_read(levels, read); }
  void prepare(Preparation& preparation);
  /// encoding.category [clouds] int32, on the CPU or the scene's device: the categories, where they are given.
  void operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout* dropout) const;

 private:
  int categories_;
  std::vector<FamilyStep> branch_;
  CloudHead head_;
  int embedding_;  // [categories, width]
  Linear to_nodes_;
};

}  // namespace treewalk
