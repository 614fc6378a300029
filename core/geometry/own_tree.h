// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/geometry/hierarchy.h"
#include "treewalk/nn/tree.h"

namespace treewalk {

/// A caller's tree as a network reads it, on the CPU. Children are ascending; beside each node, as seeds of clusters,
/// lie the first `neighbours` of its siblings. What a tree leaves empty is filled in as treewalk/nn/tree.h says. Throws
/// Error for a tree that breaks what is said there.
Hierarchy hierarchy_of(const nn::Tree& tree, int neighbours);

/// That of treewalk/nn/tree.h's sequence_tree; as seeds, the nodes before and behind lie beside each node.
Hierarchy sequence_hierarchy(std::int64_t length, int levels, int branch, int siblings);

}  // namespace treewalk
