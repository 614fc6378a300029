// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/attention/family.h"
#include "core/network/assign.h"

namespace treewalk {

/// Lets gradients of attention reach the shares of an assignment. `rows` are rows of family_rows over `hierarchy`,
/// whose parents between `level` and the next are the assignment's. Entries by which a node of that level names its
/// cluster, as parent, or is named by it, as child, count as much as the node belongs to it: they get its weight there
/// (AttentionRows::entry_weight), which is 1, so that attention is what it was. Backward, the share of a node in its
/// cluster gets the gradients of both entries, as far as they are there; other shares get none, as their weights are 0.
/// Entries of farther ancestors have no weight. To be called once for each level that was assigned: weights that rows
/// have already stay. Nothing happens where no gradient is recorded, or where neither the nodes nor the clusters are
/// queries.
void weigh_entries(const Hierarchy& hierarchy, int level, const Seeds& seeds, const Assignment& assignment,
                   AttentionRows& rows);

}  // namespace treewalk
