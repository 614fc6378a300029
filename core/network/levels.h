// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/geometry/hierarchy.h"

namespace treewalk {

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

/// x: features [n_l, c], one matrix a level. The rows of these levels, one level after the other.
at::Tensor join_levels(const std::vector<at::Tensor>& x, LevelRange levels);
/// Puts the rows of joined levels back into their levels.
void put_levels(const at::Tensor& joined, LevelRange levels, const Hierarchy& hierarchy, std::vector<at::Tensor>& x);

}  // namespace treewalk
