// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <vector>

#include "core/attention/family.h"
#include "core/recipe/recipe.h"

namespace treewalk {

/// One step of a network's way over the levels of a hierarchy.
struct PlanStep {
  /// categorise finds what each cloud is, from a copy of all levels, and adds its code to every node.
  enum Kind { pool, attend, spread, categorise } kind = attend;
  /// Attend: whom a node looks at: its family, what is near through a mask of walks, or all cells of its own level.
  enum Attention { family_attention, masked_attention, global_attention } attention = family_attention;
  int from = 0, to = 0;  ///< levels that change; pool and spread: one level, from the next finer / coarser one
  FamilyChoice family;   ///< attend and categorise only
  bool tree = false;     ///< masked attention: walks go from level to level, so that a row may depend on any of them
  int first_source = 0, last_source = 0;  ///< attend and categorise: levels whose nodes are keys
  bool skipped() const { return from > to; }
  bool has_rows() const {
    return (kind == attend || kind == categorise) && !skipped() && attention == family_attention;
  }
  bool has_mask() const { return kind == attend && !skipped() && attention == masked_attention; }
};
using Plan = std::vector<PlanStep>;

/// Order "up-down": fine to coarse pool and attend (self, siblings, children), then coarse to fine spread and attend
/// (with ancestors); every level has its own width and weights. Order "together": pool upwards, then blocks in which
/// all levels attend at once with shared weights. Both are lists of the same steps. of_parts: for a model of parts,
/// whose order is "together": the clouds are categorised before the first block.
Plan make_plan(const NetworkSpec& spec, int levels, bool of_parts = false);

/// The same plan without what cannot reach the levels that are read in the end (`read[l]`): attend steps are cut down
/// to a range of levels, and steps that nothing depends on are marked as skipped. What is left computes the same.
Plan pruned(Plan plan, std::vector<bool> read);

}  // namespace treewalk
