// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/recipe.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "core/features/feature_table.h"
#include "core/recipe/attention_recipe.h"
#include "core/recipe/change.h"
#include "core/recipe/class_table.h"
#include "core/recipe/recipe_fields.h"
#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

FamilyChoice family_choice(const StrictObject& network, const std::vector<std::string>& names, int levels) {
  const auto named = [&](const char* name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (named("parent") && named("ancestors"))
    network.fail("relations", "names both \"parent\" and \"ancestors\"; the ancestors include the parent");
  FamilyChoice choice;
  choice.siblings = named("siblings");
  choice.children = named("children");
  choice.ancestors = named("ancestors") ? levels - 1 : named("parent") ? 1 : 0;
  return choice;
}

void check_widths(const StrictObject& network, const NetworkSpec& spec, int levels) {
  if (spec.widths.size() != static_cast<std::size_t>(levels))
    network.fail("widths", "must have one number per level (" + std::to_string(levels) + "), but has " +
                               std::to_string(spec.widths.size()));
  for (const int width : spec.widths) {
    const int heads = std::max(1, width / spec.head_width);
    if (width % heads != 0 || width / heads % 4 != 0)
      network.fail("widths", "holds " + std::to_string(width) + ", which does not divide into " +
                                 std::to_string(heads) + " heads of a multiple of 4 (\"head_width\" is " +
                                 std::to_string(spec.head_width) + ")");
    if (spec.order == "together" && width != spec.widths.front())
      network.fail("widths", "must all be equal when \"order\" is \"together\"");
  }
}

void check_point_prior(const StrictObject& network, const Recipe& recipe) {
  const std::string& name = recipe.network.point_prior;
  if (name.empty()) return;
  if (recipe.task != "segmentation") network.fail("point_prior", "belongs to segmentation");
  const std::vector<std::string> columns = point_column_names(recipe.scene);
  if (columns.empty())
    network.fail("point_prior", "names \"" + name + "\", but no feature of the recipe has values of points");
  if (std::find(columns.begin(), columns.end(), name) == columns.end())
    network.fail("point_prior", "names \"" + name + "\", which is no point column of the features" +
                                    detail::did_you_mean(name, columns));
}

void check_scene(const StrictObject& network, SceneOptions& scene, std::size_t widths) {
  if (scene.normalise == "none") {
    if (!network.has("cell_size")) network.missing("cell_size");
    if (scene.points > 0) network.fail("points", "belongs to normalised clouds; set \"normalise\" to box or sphere");
    if (scene.frame != "input") network.fail("frame", "belongs to normalised clouds; set \"normalise\" too");
  } else if (network.has("cell_size")) {
    network.fail("cell_size",
                 "does not go with \"normalise\": the last level is the cloud's cube, and the leaves follow");
  }
  if (network.has("levels")) return;
  network.check_range("levels", static_cast<double>(widths), 1, 22);
  scene.levels = static_cast<int>(widths);
}

void check_clusters(const StrictObject& network, const SceneOptions& scene) {
  if (scene.hierarchy == "octree")
    for (const char* key : {"seeds", "rounds", "learned_levels"})
      if (network.has(key))
        network.fail(key, "belongs to clusters, and there are none; set \"hierarchy\" to \"position\" or \"learned\"");
  if (scene.hierarchy != "octree" && scene.levels < 2)
    network.fail("hierarchy", "needs at least two levels for clusters, which lie above the leaves");
  if (network.has("learned_levels") && scene.learned_levels > scene.levels - 1)
    network.fail("learned_levels", "must be at most " + std::to_string(scene.levels - 1) +
                                       ", as many as there are above the leaves, but is " +
                                       std::to_string(scene.learned_levels));
}

void check_learned(const StrictObject& network, const Recipe& recipe) {
  if (recipe.scene.hierarchy != "learned") {
    for (const char* key : {"assign_width", "attend_weight"})
      if (network.has(key)) network.fail(key, "belongs to \"hierarchy\" \"learned\"");
    return;
  }
  for (const auto& kind : recipe.network.attention)
    if (kind != "family")
      network.fail("attention", "\"" + kind + "\" does not go with \"hierarchy\" \"learned\", which needs \"family\"");
  if (recipe.scene.siblings != "nearest")
    network.fail("siblings", "must be \"nearest\" where the hierarchy is learned: they are a cell's candidates");
}

/// What the table of keys cannot say: which settings of the network go together, and what follows from several.
void finish_network(const StrictObject& network, RecipeKeys& keys) {
  Recipe& recipe = keys.recipe;
  NetworkSpec& spec = recipe.network;
  if (spec.attention.empty()) network.fail("attention", "must name at least one kind of attention");
  check_scene(network, recipe.scene, spec.widths.size());
  check_clusters(network, recipe.scene);
  spec.walks = mask_spec(keys.walks, network.object("walks"), recipe.scene.neighbours);
  spec.relations = family_choice(network, keys.relations, recipe.scene.levels);
  if (spec.point_attention && recipe.task != "segmentation") network.fail("point_attention", "belongs to segmentation");
  if (spec.point_attention && spec.order != "together")
    network.fail("point_attention", "needs \"order\" \"together\", where all levels have one width");
  if (!recipe.categories.empty() && spec.order != "together")
    network.fail("order", "must be \"together\" for a model of parts, whose classes have a \"category\"");
  if (!recipe.categories.empty() && recipe.scene.normalise == "none")
    network.fail("normalise", "must be box or sphere for a model of parts, whose classes have a \"category\"");
  if (spec.blocks_on == "clusters" && spec.order != "up-down")
    network.fail("blocks_on", "needs \"order\" \"up-down\": where levels attend together, the leaves are among them");
  if (spec.blocks_on == "clusters" && recipe.scene.levels < 2)
    network.fail("blocks_on", "needs at least two levels, as the leaves get no blocks");
  check_learned(network, recipe);
  check_point_prior(network, recipe);
  check_widths(network, spec, recipe.scene.levels);
}

void check_balance(const StrictObject& training, const std::string& pattern) {
  if (pattern.empty()) return;
  constexpr std::size_t longest = 200;  // compiling one goes a call deeper with each parenthesis
  if (pattern.size() > longest)
    training.fail("balance",
                  "may have " + std::to_string(longest) + " characters, but has " + std::to_string(pattern.size()));
  try {
    if (std::regex(pattern).mark_count() >= 1) return;
  } catch (const std::regex_error&) {
    training.fail("balance", "is not a regular expression: \"" + pattern + "\"");
  }
  training.fail("balance", "must have a group in parentheses that names the stratum, but is \"" + pattern + "\"");
}

void check_training(const StrictObject& training, const Recipe& recipe) {
  const TrainingSpec& spec = recipe.training;
  if (!spec.class_weights.empty() && spec.class_weights.size() != recipe.classes.size())
    training.fail("class_weights", "must have one number per class (" + std::to_string(recipe.classes.size()) +
                                       "), but has " + std::to_string(spec.class_weights.size()));
  for (const double weight : spec.class_weights)
    if (!(weight > 0)) training.fail("class_weights", "must hold numbers above 0 and up to 1e6");
  for (const char* key : {"partition_weight", "compact_weight", "link_weight"})
    if (training.has(key) && recipe.scene.hierarchy != "learned")
      training.fail(key, "belongs to \"hierarchy\" \"learned\"");
  if (training.has("partition_weight") && recipe.task != "segmentation")
    training.fail("partition_weight", "belongs to segmentation, whose points have labels");
  if (spec.pieces > spec.batch)
    training.fail("pieces", "must be at most \"batch\" (" + std::to_string(spec.batch) + "), but is " +
                                std::to_string(spec.pieces));
  check_balance(training, spec.balance);
  for (const auto& [key, chain] : {std::pair("augment_before", &spec.augment_before), {"augment", &spec.augment}})
    if (training.has(key)) check_augment(*chain, training.object(key), recipe.class_names());
}

}  // namespace

void check_augment(const AugmentSpec& chain, const StrictObject& object, const std::vector<std::string>& classes) {
  const auto check = [&](const char* change, const char* key, const std::string& name) {
    if (std::find(classes.begin(), classes.end(), name) == classes.end())
      object.object(change).fail(key, "names the class \"" + name + "\", which the recipe does not have; it has " +
                                          detail::quoted_list(classes));
  };
  const auto check_both = [&](const char* change, const auto& set) {
    if (!set) return;
    check(change, "class", set->object);
    for (const auto& name : set->ground) check(change, "ground", name);
  };
  check_both("buildings", chain.buildings);
  check_both("vegetation", chain.vegetation);
  check_both("wires", chain.wires);
  if (chain.slope && chain.slope->strength.empty())
    StrictObject(Json::object(), object.section() + ".slope").fail("strength", "must name at least one strength");
}

Recipe parse_recipe(const Json& json) {
  const StrictObject root(json, "");
  RecipeKeys keys;
  read_fields(root, recipe_fields(), keys);
  check_classes(keys.recipe);
  std::vector<std::string> fields = keys.recipe.required_fields;
  fields.insert(fields.end(), keys.recipe.optional_fields.begin(), keys.recipe.optional_fields.end());
  check_known(fields, input_field_names(), "recipe: fields");
  finish_network(root.object("network"), keys);
  check_training(root.object("training"), keys.recipe);
  keys.recipe.text = json.dump();
  return std::move(keys.recipe);
}

Recipe parse_recipe(const std::string& text, const std::vector<std::string>& changes) {
  try {
    Json json = parse_json(text, "recipe");
    if (!changes.empty() && !json.is_object()) throw Error("recipe: must be an object");
    for (const auto& one : changes) change_recipe(json, one);
    return parse_recipe(json);
  } catch (const Error& error) {
    throw Error(detail::printable(error.what()));
  }
}

Recipe read_recipe(const std::string& file, const std::vector<std::string>& changes) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw Error(file + ": the recipe cannot be read; does the file exist?");
  std::ostringstream text;
  text << stream.rdbuf();
  try {
    return parse_recipe(text.str(), changes);
  } catch (const Error& error) {
    throw Error(file + ": " + error.what());
  }
}

}  // namespace treewalk
