// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/recipe_fields.h"

#include <utility>

#include "core/features/feature_table.h"

namespace treewalk {
namespace {

KeyField<RecipeKeys> top(const KeyField<Recipe>& field) {
  return of_part<RecipeKeys>(field, [](RecipeKeys& keys) -> Recipe& { return keys.recipe; });
}

KeyField<RecipeKeys> scene(const KeyField<SceneOptions>& field) {
  return of_part<RecipeKeys>(field, [](RecipeKeys& keys) -> SceneOptions& { return keys.recipe.scene; });
}

KeyField<RecipeKeys> network(const KeyField<NetworkSpec>& field) {
  return of_part<RecipeKeys>(field, [](RecipeKeys& keys) -> NetworkSpec& { return keys.recipe.network; });
}

}  // namespace

const KeyFields<RecipeKeys>& recipe_fields() {
  static const KeyFields<RecipeKeys> fields{
      field("$schema", &RecipeKeys::schema, "where an editor finds the JSON Schema of recipes; for editors alone"),
      top(choice("task", &Recipe::task, {"segmentation", "classification"},
                 "what the model says: the class of every point, or that of a whole cloud")
              .needed()),
      classes_field(),
      coarse_field(),
      ignore_field(),
      top(field("unknown_id", &Recipe::unknown_id,
                "label of points that have no class, such as those with a NaN coordinate; no class may have it as id")),
      section<RecipeKeys>(
          "fields",
          {top(names("required", &Recipe::required_fields, input_field_names(),
                     "clouds without one of these are refused")),
           top(names("optional", &Recipe::optional_fields, input_field_names(),
                     "read where a cloud has them; features see zeros where it has not, and the run warns"))},
          "what clouds bring beside x, y and z"),
      scene(names("features", &SceneOptions::features, feature_names(),
                  "what the network sees of cells and points: modules, in the order of their columns")),
      section("network", network_fields(), "how a cloud becomes cells, and the network over them"),
      of_part<RecipeKeys>(object("training", &Recipe::training, training_fields(), "how the model is trained"),
                          [](RecipeKeys& keys) -> Recipe& { return keys.recipe; }),
      top(field("about", &Recipe::about,
                "free texts for the model's training card, such as \"description\", \"data\" and \"licence\"")),
  };
  return fields;
}

namespace {

/// What a cell is, and which cells know each other.
KeyFields<RecipeKeys> cell_fields() {
  return {
      scene(field("cell_size", &SceneOptions::cell_size, 1e-6, 1e6,
                  "edge of a leaf cell, a few times the distance between points; needed unless clouds are normalised")
                .in("units of the clouds")
                .otherwise("must be given, but for normalised clouds")),
      network(field("widths", &NetworkSpec::widths, 4, 4096,
                    "channels of each level, finest first; each must divide into heads of a multiple of 4 channels")
                  .needed()),
      scene(field("levels", &SceneOptions::levels, 1, 22,
                  "levels of cells, each \"branching\" times as large as the one before")
                .otherwise("as many as there are widths")),
      scene(field("branching", &SceneOptions::branching, 2, 3,
                  "cells along an edge of a cell of the next level: 2 makes an octree, 3 a 27-way tree")),
      scene(choice("hierarchy", &SceneOptions::hierarchy, {"octree", "position", "learned"},
                   "how levels are made: cells of an octree, or clusters of cells around them, found by position or "
                   "chosen by the network")),
      choice("seeds", &RecipeKeys::seeds, {"octree"}, "clusters: what they grow around, and how many there are"),
      scene(field("rounds", &SceneOptions::rounds, 1, 16,
                  "clusters: rounds in which cells choose among the clusters around them, and these move")),
      scene(field("learned_levels", &SceneOptions::learned_levels, 1, 21,
                  "clusters: levels above the leaves that are clusters; above them cells of the octree")
                .otherwise("2, or as many as there are above the leaves")),
      scene(
          choice("normalise", &SceneOptions::normalise, {"none", "box", "sphere"},
                 "clouds of any size: moved to the middle of their box, over half its longest side, or to their mean, "
                 "over the distance of the farthest point; the last level is then one cube")),
      scene(choice("frame", &SceneOptions::frame, {"input", "principal"},
                   "normalised clouds: axes as they come, or turned to the cloud's principal axes")),
      scene(field("points", &SceneOptions::points, 0, 1e9,
                  "normalised clouds: larger ones are thinned to so many points; 0: never")),
      scene(choice("orientation", &SceneOptions::orientation, {"viewpoint", "up", "outward"},
                   "where normals point: to the sensor, up, or away from the middle of the cloud")),
      scene(field("neighbours", &SceneOptions::neighbours, 1, 64,
                  "nearest cells of the same level, of scenes within two of their sides: their points give the "
                  "normals, and they "
                  "are the siblings")),
      scene(choice("siblings", &SceneOptions::siblings, {"nearest", "tree"},
                   "whom a cell of family attention has as siblings: the nearest cells, or its parent's children")),
  };
}

/// What the network does with cells and points.
KeyFields<RecipeKeys> layer_fields() {
  return {
      network(names("attention", &NetworkSpec::attention, {"family", "grf", "global"},
                    "whom a cell attends to: its family in the tree, the cells within some hops under a mask of walks "
                    "(graph random features), or all cells of its level by linear attention; a list is taken in turn",
                    true)),
      names("relations", &RecipeKeys::relations, {"siblings", "children", "parent", "ancestors"},
            "family attention: whom a cell attends to beside itself; ancestors are all levels above"),
      network(choice("softmax", &NetworkSpec::softmax, {"joint", "separate"},
                     "family attention: one softmax over the whole family, or one for each relation, then mixed")),
      network(choice("position", &NetworkSpec::position, {"query", "relation", "none"},
                     "family attention: how offset, distance and normals enter the weights: by slopes that depend on "
                     "the query and the relation, on the relation alone, or not")),
      object("walks", &RecipeKeys::walks, walk_fields(),
             "masks of \"grf\": walks on the graph of nearest cells. What is left out is chosen by what was measured"),
      network(choice("order", &NetworkSpec::order, {"up-down", "together"},
                     "blocks of each level in turn, up and down again, with weights of their own; or all levels at "
                     "once, with shared weights")),
      network(field("blocks", &NetworkSpec::blocks, 1, 64,
                    "attention blocks a visit of a level; of order \"together\": blocks in all")),
      network(choice("blocks_on", &NetworkSpec::blocks_on, {"cells", "clusters"},
                     "order \"up-down\": levels that have blocks: all of them, or all but the leaves, which then give "
                     "to the cells above and take from them; leaves are most of the work")),
      network(field("head_width", &NetworkSpec::head_width, 4, 4096, "channels of an attention head, about")),
      network(field("expansion", &NetworkSpec::expansion, 0.25, 16,
                    "channels inside a block's multi-layer perceptron over those outside")),
      network(field("standardise", &NetworkSpec::standardise,
                    "inputs are centred and scaled by what those of the first training steps are like")),
      network(field("point_stage", &NetworkSpec::point_stage, 0, 4096,
                    "channels of a small network over the points of a leaf, whose maxima and means enter the leaf; "
                    "0: none")),
      network(field("point_attention", &NetworkSpec::point_attention,
                    "segmentation, order \"together\": points attend to the cells around their leaf")),
      network(field("assign_width", &NetworkSpec::assign_width, 1, 64,
                    "hierarchy \"learned\": channels of the features by which a cell chooses its cluster")),
      network(
          field("attend_weight", &NetworkSpec::attend_weight,
                "hierarchy \"learned\": gradients reach the choice through attention between a node and its cluster, "
                "too, and not only through pooling")),
      network(
          field("point_width", &NetworkSpec::point_width, 1, 4096, "segmentation: hidden channels of the point head")),
      network(field("point_prior", &NetworkSpec::point_prior,
                    "segmentation: a point column of the features, such as \"ground.relative_29_0.3\", whose value "
                    "starts the last class's score; empty: none")),
      network(field("point_prior_weight", &NetworkSpec::point_prior_weight, -1e3, 1e3,
                    "factor on that column before training")),
      network(field("tower_blocks", &NetworkSpec::tower_blocks, 1, 64,
                    "models of parts: blocks that find the category of a cloud")),
  };
}

}  // namespace

const KeyFields<RecipeKeys>& network_fields() {
  static const KeyFields<RecipeKeys> fields = [] {
    auto all = cell_fields();
    for (auto& more : layer_fields()) all.push_back(std::move(more));
    return all;
  }();
  return fields;
}

const Key& recipe_key() {
  static const Key key =
      detail::object_key("", "a recipe: what a model tells, what it sees, and how it is trained", recipe_fields());
  return key;
}

}  // namespace treewalk
