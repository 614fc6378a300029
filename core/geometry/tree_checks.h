// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "treewalk/nn/tree.h"

namespace treewalk {

constexpr int kMostTreeLevels = 22;  // of family attention (core/attention/family_kernel.h)

/// Throws Error with a sentence that names the level and the node where a tree breaks what treewalk/nn/tree.h says.
void check(const nn::Tree& tree);

}  // namespace treewalk
