// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <vector>

#include "core/attention/family.h"
#include "core/model/recipe.h"

namespace treewalk {

/// One step of a network's way over the levels of a hierarchy.
struct PlanStep {
  enum Kind { pool, attend, spread } kind = attend;
  int from = 0, to = 0;  ///< levels that change; pool and spread: one level, from the next finer / coarser one
  FamilyChoice family;   ///< attend only
  int first_source = 0, last_source = 0;  ///< attend: levels whose nodes are keys
  bool skipped() const { return from > to; }
};
using Plan = std::vector<PlanStep>;

/// Order "up-down": fine to coarse pool and attend (self, siblings, children), then coarse to fine spread and attend
/// (with ancestors); every level has its own width and weights. Order "together": pool upwards, then blocks in which
/// all levels attend at once with shared weights. Both are lists of the same three steps.
Plan make_plan(const NetworkSpec& spec, int levels);

/// The same plan without what cannot reach the levels that are read in the end (`read[l]`): attend steps are cut down
/// to a range of levels, and steps that nothing depends on are marked as skipped. What is left computes the same.
Plan pruned(Plan plan, std::vector<bool> read);

}  // namespace treewalk
