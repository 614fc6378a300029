// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/recipe/recipe.h"

namespace treewalk {

/// Collects the categories of the classes, and checks that all have one or none, that ids and names differ, that each
/// label of the data is in at most one class or coarse label, and that each of these tells something. Throws Error.
void check_classes(Recipe& recipe);

}  // namespace treewalk
