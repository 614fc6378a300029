// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/recipe/field.h"
#include "core/recipe/recipe.h"

namespace treewalk {

/// "walks" of a network as written: what is left out is worked out from the rest.
struct WalkKeys {
  bool symmetric = false;
  int hops = 2, walkers = 0;
  std::optional<int> frontier, entries;
  double halt = 0;
  bool antithetic = false, independent_moves = false;
  std::optional<bool> expected_last_hop, factored;
  std::uint64_t seed = 0;
  MaskSpec::Drawn drawn = MaskSpec::once;
  bool tree = true, independent_diagonal = false;
  std::optional<FeatureMap> feature_map;
  int features = 0;
};

/// A recipe as written: beside the recipe itself, what is worked out with the rest.
struct RecipeKeys {
  Recipe recipe;
  std::string schema, seeds = "octree";
  std::vector<std::string> relations{"siblings", "children", "parent"};
  WalkKeys walks;
};

// The tables of keys.
const KeyFields<RecipeKeys>& recipe_fields();
const KeyFields<RecipeKeys>& network_fields();
const KeyFields<WalkKeys>& walk_fields();
const KeyFields<TrainingSpec>& training_fields();
const KeyFields<AugmentSpec>& augment_fields();

/// "classes", "coarse" (read after them) and "ignore".
KeyField<RecipeKeys> classes_field();
KeyField<RecipeKeys> coarse_field();
KeyField<RecipeKeys> ignore_field();

/// Throws Error where a chain of changes, written as `object`, names a class that is none.
void check_augment(const AugmentSpec& chain, const StrictObject& object, const std::vector<std::string>& classes);

}  // namespace treewalk
