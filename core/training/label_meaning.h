// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/recipe/recipe.h"
#include "treewalk/trainer.h"

namespace treewalk {

/// The recipe, but that labels of the data mean what EvaluationOptions::meaning says: of one class or, as coarse
/// labels, any of several; all others are ignored. As it was where nothing is said. Throws Error for a name that is no
/// class's, and for a label that means none of the classes or all of several.
Recipe with_meaning(Recipe recipe, const std::map<std::uint32_t, std::vector<std::string>>& meaning);

}  // namespace treewalk
