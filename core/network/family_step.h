// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>
#include <vector>

#include "core/attention/family.h"
#include "core/network/preparation.h"
#include "core/recipe/recipe.h"

namespace treewalk {

/// The nodes of some levels attend to their families, in a block of their own (a step: see steps.h).
class FamilyStep {
 public:
  FamilyStep(ParameterTable& table, const std::string& name, LevelRange levels, const FamilyChoice& family,
             const NetworkSpec& spec);

  LevelRange levels;
  /// Levels whose nodes are keys.
  LevelRange sources() const;
  const FamilyChoice& family() const { return family_; }
  void prune(std::vector<bool>& read);
  void prepare(Preparation& preparation);
  void operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout* dropout) const {
    attend(weights, scene.hierarchy, encoding, encoding.x, dropout);
  }
  /// The same for the features alone: one [n_l, width_l] per level. cells: the scene's.
  void attend(const Weights& weights, const Hierarchy& cells, Encoding& encoding, std::vector<at::Tensor>& x,
              Dropout* dropout) const;

  /// Of the input that the step was prepared for: one set, or one per group of relations. None where they follow from
  /// clusters that are chosen on the way: the encoding has them.
  SharedRows rows;

 private:
  SharedRows rows_of(const Hierarchy& hierarchy, const std::vector<ChosenClusters>& clusters) const;

  bool attend_weight_, for_training_ = false;
  FamilyChoice family_;
  int last_level_;
  FamilyBlock block_;
};

}  // namespace treewalk
