// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>
#include <vector>

#include "core/recipe/recipe.h"

namespace treewalk {

/// "attention" of a network: one name or a list of them.
std::vector<std::string> parse_attention(StrictObject& network);

/// "walks" of a network; walkers 0: no walks, the powers themselves. neighbours: of a cell in the graph.
MaskSpec parse_walks(StrictObject walks, int neighbours);

/// What a recipe's attention comes to, with what it leaves to the program filled in.
std::string attention_in_words(const Recipe& recipe);

}  // namespace treewalk
