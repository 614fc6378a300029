// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>
#include <vector>

#include "core/recipe/recipe.h"

namespace treewalk {

/// What the nodes of a network without clouds are, and how their levels are made.
struct NodeRecipe {
  std::string data = "graphs";  ///< "graphs", "sequences" or "trees"
  int branch = 4;               ///< sequences: children of a node
  Recipe recipe;                ///< the inputs' columns still to be told (SceneOptions::columns)
  std::string text;             ///< JSON in one line, as read
};

/// A recipe whose nodes and inputs are given: {"task", "data", "classes", "network", "training"} as for clouds, but
/// without what belongs to points and cells, with "hierarchy" "fixed" or "learned", and of sequences with "branch" and
/// "contiguous". Throws Error as parse_recipe does.
NodeRecipe parse_node_recipe(const std::string& text);

/// The same of a "network" alone, which has no classes and no heads.
Recipe parse_node_network(const std::string& text);

}  // namespace treewalk
