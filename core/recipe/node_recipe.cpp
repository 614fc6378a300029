// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/node_recipe.h"

#include <utility>

#include "core/recipe/strict_json.h"
#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

/// Keys that belong to clouds.
void refuse(const StrictObject& object, const std::vector<std::string>& keys) {
  for (const auto& key : keys)
    if (object.has(key)) object.fail(key, "belongs to clouds; nodes and their inputs are given here");
}

/// A choice, which is taken out of the object.
std::string taken(Json& json, const StrictObject& object, const std::string& key,
                  const std::vector<std::string>& known) {
  if (!object.has(key)) return known.front();
  auto value = object.as<std::string>(key);
  check_known({value}, known, object.where() + ": \"" + key + "\"");
  json.erase(key);
  return value;
}

/// Makes the section of the network one that clouds could have, whose cells then never matter.
void as_of_clouds(Json& network) {
  const StrictObject object(network, "network");
  refuse(object, {"cell_size", "branching", "seeds", "normalise", "frame", "points", "orientation", "siblings",
                  "point_stage", "point_attention", "point_prior", "point_prior_weight", "tower_blocks"});
  if (taken(network, object, "hierarchy", {"fixed", "learned"}) == "learned") network["hierarchy"] = "learned";
  network["cell_size"] = 1;
}

Json json_of(const std::string& text) {
  auto json = parse_json(text, "recipe");
  if (!json.is_object()) throw Error("recipe: must be an object");
  return json;
}

}  // namespace

NodeRecipe parse_node_recipe(const std::string& text) {
  try {
    auto json = json_of(text);
    NodeRecipe result;
    bool contiguous = false;
    result.text = json.dump();
    const StrictObject root(json, "");
    refuse(root, {"features", "fields"});
    result.data = taken(json, root, "data", {"graphs", "sequences", "trees"});
    if (json.contains("network")) {
      auto& network = json["network"];
      const StrictObject object(network, "network");
      if (object.has("branch")) {
        if (result.data != "sequences") object.fail("branch", "belongs to \"data\" \"sequences\"");
        object.check_range("branch", result.branch = object.as<int>("branch"), 2, 1024);
        network.erase("branch");
      }
      if (object.has("contiguous")) {
        if (result.data != "sequences") object.fail("contiguous", "belongs to \"data\" \"sequences\"");
        contiguous = object.as<bool>("contiguous");
        network.erase("contiguous");
      }
      as_of_clouds(network);
    }
    if (json.contains("training"))
      refuse(StrictObject(json["training"], "training"),
             {"augment", "augment_before", "size_jitter", "balance", "feature_dropout", "pieces"});
    result.recipe = parse_recipe(json);
    result.recipe.scene.contiguous = contiguous;
    if (contiguous && result.recipe.scene.hierarchy != "learned")
      throw Error("recipe: network: \"contiguous\" belongs to \"hierarchy\" \"learned\"");
    if (!result.recipe.categories.empty()) throw Error("recipe: classes: a \"category\" belongs to clouds");
    return result;
  } catch (const Error& error) {
    throw Error(detail::printable(error.what()));
  }
}

Recipe parse_node_network(const std::string& text) {
  try {
    auto network = json_of(text);
    as_of_clouds(network);
    Json json;
    json["task"] = "classification";
    json["classes"] = Json::array({Json::object({{"id", 1}, {"name", "none"}})});
    json["network"] = std::move(network);
    auto recipe = parse_recipe(json);
    recipe.classes.clear();
    return recipe;
  } catch (const Error& error) {
    throw Error(detail::printable(error.what()));
  }
}

}  // namespace treewalk
