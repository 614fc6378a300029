// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/recipe/recipe.h"

namespace treewalk {

/// "classes", "ignore" and "unknown_id" of a recipe, whose task is known: its classes and their categories, each label
/// of the data in at most one of them. Throws Error.
void parse_classes(StrictObject& root, Recipe& recipe);

}  // namespace treewalk
