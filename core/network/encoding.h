// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "core/attention/attention.h"
#include "core/geometry/hierarchy.h"
#include "core/network/assign.h"

namespace treewalk {

using SharedRows = std::shared_ptr<const std::vector<AttentionRows>>;

/// Clusters that a network chose: of the nodes of a level, those of the level above.
struct ChosenClusters {
  Seeds seeds;
  Assignment assignment;
};

/// What an encoder knows of a scene: the stem begins it, the steps work on it in turn, and heads read it.
struct Encoding {
  std::vector<at::Tensor> x;      ///< features of the nodes: one [n_l, width_l] per level
  at::Tensor point_embedding;     ///< [N, width] of the points; undefined where the recipe has none
  at::Tensor category_embedding;  ///< [clouds, width] of each cloud's category; models of parts only
  at::Tensor category_logits;     ///< [clouds, categories]; models of parts only
  at::Tensor category;            ///< [clouds] int32: the categories that were given or found; models of parts only
  Hierarchy hierarchy;            ///< with the clusters that were chosen so far; without levels: the scene's
  std::vector<ChosenClusters> clusters;           ///< of the first levels above the leaves, lowest first
  std::map<std::array<int, 3>, SharedRows> rows;  ///< of families over them, by first and last level and ancestors

  const Hierarchy& hierarchy_over(const Hierarchy& cells) const { return hierarchy.first.empty() ? cells : hierarchy; }
};

/// Levels of a hierarchy, both ends included; none where from > to.
struct LevelRange {
  int from = 0, to = 0;
  bool empty() const { return from > to; }
  bool operator==(const LevelRange& other) const { return from == other.from && to == other.to; }
};

/// The part of `levels` from the first to the last with read[l]; empty when nothing of it is read.
LevelRange read_part(LevelRange levels, const std::vector<bool>& read);
/// Marks those levels in `read`.
void mark_read(LevelRange levels, std::vector<bool>& read);

/// x: as in Encoding. The rows of these levels, which have one width, one level after the other.
at::Tensor join_levels(const std::vector<at::Tensor>& x, LevelRange levels);
/// Puts the rows of joined levels back into their levels.
void put_levels(const at::Tensor& joined, LevelRange levels, const Hierarchy& hierarchy, std::vector<at::Tensor>& x);

}  // namespace treewalk
