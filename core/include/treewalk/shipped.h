// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "treewalk/export.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// Models that come with treewalk: *.treewalk in the folders of the variable TREEWALK_MODELS (a colon between two),
/// then in share/treewalk/models of the installed tree that this library lies in, wherever that was moved. \return
/// files by name (without the extension); of equal names the first folder's
TREEWALK_EXPORT std::map<std::string, std::filesystem::path> shipped_models();
/// Recipes that come with treewalk: *.json, by the variable TREEWALK_RECIPES and in share/treewalk/recipes.
/// \return files by name (without the extension); of equal names the first folder's
TREEWALK_EXPORT std::map<std::string, std::filesystem::path> shipped_recipes();

/// Throws Error that lists the shipped models.
/// \param name a model file, or the name of a shipped model; a file goes before a name
/// \return the file
TREEWALK_EXPORT std::filesystem::path find_model(const std::string& name);
/// Throws Error that lists the shipped recipes.
/// \param name a recipe, or the name of a shipped recipe; a file goes before a name
/// \return the file
TREEWALK_EXPORT std::filesystem::path find_recipe(const std::string& name);

/// @}
}  // namespace treewalk
