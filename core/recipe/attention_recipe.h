// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

#include "core/recipe/recipe_fields.h"

namespace treewalk {

/// What "walks" of a network comes to, with what it leaves out filled in; walkers 0: no walks, the powers themselves.
/// object: `keys` as written. neighbours: of a cell in the graph. Throws Error for settings that do not go together.
MaskSpec mask_spec(const WalkKeys& keys, const StrictObject& object, int neighbours);

/// What a recipe's attention comes to, with what it leaves to the program filled in.
std::string attention_in_words(const Recipe& recipe);

/// How its levels are made.
std::string hierarchy_in_words(const Recipe& recipe);

}  // namespace treewalk
