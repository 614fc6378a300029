// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>

#include "core/device/tensor_of.h"
#include "core/geometry/graph_seeds.h"
#include "core/geometry/own_tree.h"
#include "core/inference/node_model.h"
#include "core/scene/node_scene.h"

namespace treewalk {
namespace {

[[noreturn]] void fail(const std::string& where, const std::string& complaint) {
  throw Error(where + ": " + complaint);
}

Csr graph_of(const nn::Nodes& nodes, std::int64_t size, const std::string& where) {
  const auto edges = static_cast<std::int64_t>(nodes.column.size());
  const auto& offset = nodes.offset;
  if (static_cast<std::int64_t>(offset.size()) != size + 1)
    fail(where, "a graph of " + std::to_string(size) + " nodes needs " + std::to_string(size + 1) +
                    " offsets, but has " + std::to_string(offset.size()));
  if (edges > std::numeric_limits<std::int32_t>::max() / 2)
    fail(where, std::to_string(edges) + " edges are more than 2^30, which 32-bit numbers can count both ways");
  if (offset.front() != 0 || offset.back() != edges)
    fail(where, "the offsets must go from 0 to the number of edges, " + std::to_string(edges) + ", but go from " +
                    std::to_string(offset.front()) + " to " + std::to_string(offset.back()));
  for (std::int64_t u = 0; u < size; ++u)
    if (offset[u] > offset[u + 1]) fail(where, "node " + std::to_string(u) + ": the offsets decrease");
  for (std::int64_t u = 0; u < size; ++u)
    for (auto e = offset[u]; e < offset[u + 1]; ++e)
      if (nodes.column[e] < 0 || nodes.column[e] >= size)
        fail(where, "node " + std::to_string(u) + " has the neighbour " + std::to_string(nodes.column[e]) +
                        ", but there are " + std::to_string(size) + " nodes, counted from 0");
  return {tensor_of<std::int32_t>(offset), tensor_of<std::int32_t>(nodes.column), size};
}

Hierarchy tree_of(const nn::Nodes& nodes, std::int64_t size, const SceneOptions& options, const std::string& where) {
  try {
    auto hierarchy = hierarchy_of(nodes.tree, options.neighbours);
    if (hierarchy.levels() != options.levels)
      throw Error("the tree has " + std::to_string(hierarchy.levels()) + " levels, but the recipe has " +
                  std::to_string(options.levels));
    if (hierarchy.size(0) != size)
      throw Error("the tree has " + std::to_string(hierarchy.size(0)) + " leaves, but there are features of " +
                  std::to_string(size) + " nodes");
    return hierarchy;
  } catch (const Error& error) {
    fail(where, error.what());
  }
}

}  // namespace

std::int64_t count_of(const nn::Nodes& nodes, const std::string& where) {
  if (nodes.columns < 1)
    fail(where, "nodes need at least one column of features, found " + std::to_string(nodes.columns));
  const auto size = static_cast<std::int64_t>(nodes.feature.size()) / nodes.columns;
  if (size * nodes.columns != static_cast<std::int64_t>(nodes.feature.size()))
    fail(where, std::to_string(nodes.feature.size()) + " features do not divide into rows of " +
                    std::to_string(nodes.columns));
  if (size > (1 << 30)) fail(where, std::to_string(size) + " nodes are more than 2^30");
  return size;
}

Scene scene_of_nodes(const nn::Nodes& nodes, const NodeRecipe& recipe, int columns, const std::string& where) {
  const auto& options = recipe.recipe.scene;
  const auto size = count_of(nodes, where);
  if (nodes.columns != columns)
    fail(where, "nodes have " + std::to_string(nodes.columns) +
                    " columns, but the others, or those of the training, "
                    "had " +
                    std::to_string(columns));
  for (std::size_t i = 0; i < nodes.feature.size(); ++i)
    if (!std::isfinite(nodes.feature[i]))
      fail(where, "node " + std::to_string(i / columns) + ": column " + std::to_string(i % columns) + " is not finite");
  if (recipe.data != "graphs" && (!nodes.offset.empty() || !nodes.column.empty()))
    fail(where, "there are edges, but the recipe's \"data\" is \"" + recipe.data + "\"");
  if (recipe.data != "trees" && !nodes.tree.level.empty())
    fail(where, "there is a tree, but the recipe's \"data\" is \"" + recipe.data + "\"");
  auto hierarchy =
      recipe.data == "graphs"  ? graph_hierarchy(graph_of(nodes, size, where), options.levels, options.neighbours)
      : recipe.data == "trees" ? tree_of(nodes, size, options, where)
                               : sequence_hierarchy(size, options.levels, recipe.branch, options.neighbours);
  std::vector<at::Tensor> cell{tensor_of<float>(nodes.feature).view({size, columns})};
  for (int l = 1; l < options.levels; ++l) cell.push_back(at::zeros({hierarchy.size(l), 0}, at::kFloat));
  return node_scene(std::move(hierarchy), std::move(cell));
}

Recipe with_columns(const NodeRecipe& recipe, int columns) {
  if (columns < 1 || columns > (1 << 20))
    throw Error("nodes may have 1 to 2^20 columns, found " + std::to_string(columns));
  auto result = recipe.recipe;
  result.scene.columns.assign(result.scene.levels, 0);
  result.scene.columns[0] = columns;
  return result;
}

}  // namespace treewalk
