// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace treewalk {

/// Makes a change such as "network.levels=4" in a recipe's JSON: see read_recipe. An object that is written as its main
/// setting alone ("tilt": 0.1) becomes one when another of its settings is changed. Throws Error for a change that is
/// none, and for a key that recipes do not have.
void change_recipe(nlohmann::json& recipe, const std::string& text);

}  // namespace treewalk
