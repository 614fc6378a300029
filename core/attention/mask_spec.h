// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/attention/feature_map_name.h"
#include "treewalk/walks.h"

namespace treewalk {

/// What masked attention reads of a network's recipe ("walks").
struct MaskSpec {
  /// symmetric: Phi Phi^T over the united graph of nearest cells, else Phi over the directed one. The modulation is
  /// learned; 0.6^t says what matters where rows are thinned.
  WalkOptions walks;
  bool tree = true;  ///< where a block works on several levels, walks also go between parents and children
  /// Symmetric, entry by entry, and random: the diagonal comes from a second, independent set of walks.
  bool independent_diagonal = false;
  FeatureMap feature_map = FeatureMap::relu;  ///< a global block, which has no entries, takes relu for exponential
  int features = 0;                           ///< favor: random features a head; 0: as many as the head is wide
  /// Which walks are drawn by a seed of their own: one set for all blocks over the same nodes, one a block, or one for
  /// every head of every block. Exact masks are the same anyway.
  enum Drawn { once, per_block, per_head } drawn = once;
  /// entries: the mask's entries one by one; factored: through Phi alone, where the mask is too dense to hold.
  bool factored = false;
};

}  // namespace treewalk
