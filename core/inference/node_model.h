// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "core/network/network.h"
#include "core/recipe/node_recipe.h"
#include "core/scene/scene.h"
#include "treewalk/nn/nodes.h"

namespace treewalk {

/// How many nodes there are. Throws Error, beginning with `where`, for features that are none.
std::int64_t count_of(const nn::Nodes& nodes, const std::string& where);

/// The nodes as a network's scene, on the CPU. Throws Error, beginning with `where`, for nodes that are not what the
/// recipe says, or that bring another number of columns.
Scene scene_of_nodes(const nn::Nodes& nodes, const NodeRecipe& recipe, int columns, const std::string& where);

/// The recipe of nodes with so many columns.
Recipe with_columns(const NodeRecipe& recipe, int columns);

/// What train_nodes gives; complete only inside the core.
struct nn::NodeModel::Impl {
  /// With weights still to come.
  Impl(NodeRecipe read, int columns)
      : recipe(std::move(read)), columns(columns), network(with_columns(recipe, columns)) {}
  NodeRecipe recipe;
  int columns;
  Network network;
  at::Tensor flat;  ///< all weights, float32, on the CPU
  Weights weights;  ///< views into it
};

}  // namespace treewalk
