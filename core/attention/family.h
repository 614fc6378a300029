// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/attention/attention.h"
#include "core/attention/family_choice.h"
#include "core/geometry/hierarchy.h"

// Families of the nodes of a hierarchy, as Sequoia (TMLR 2024) attends over them: parents, children and siblings; here
// ancestors of any height and the node itself too, all as entries of one row.

namespace treewalk {

/// Relations in the order in which they stand in a row. ancestor t >= 2 levels up is `parent + t - 1`.
enum Relation : std::uint8_t { kSelf = 0, kSibling = 1, kChild = 2, kParent = 3 };

/// Rows for the nodes of levels from..to (inclusive) as queries: self, siblings, children, ancestors nearest first.
/// Keys are the nodes of a contiguous range of levels: first_key is the first node that any row may name
/// (children of `from`), and rows.columns reaches to the last (ancestors of `to`); both depend on the choice only,
/// so a relation that is absent at the ends of the hierarchy just leaves its levels out. On the hierarchy's device; the
/// host waits for nothing, as the lists' lengths tell how many entries there are.
AttentionRows family_rows(const Hierarchy& hierarchy, int from, int to, const FamilyChoice& choice);

}  // namespace treewalk
