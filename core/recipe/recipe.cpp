// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/recipe.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "core/features/feature.h"
#include "core/recipe/attention_recipe.h"
#include "core/recipe/class_table.h"
#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

void parse_fields(StrictObject fields, Recipe& recipe) {
  recipe.required_fields = fields.get<std::vector<std::string>>("required", {});
  recipe.optional_fields = fields.get<std::vector<std::string>>("optional", {});
  fields.finish();
  std::vector<std::string> all = recipe.required_fields;
  all.insert(all.end(), recipe.optional_fields.begin(), recipe.optional_fields.end());
  check_known(all, input_field_names(), "recipe: fields");
}

FamilyChoice parse_relations(StrictObject& network, int levels) {
  const std::vector<std::string> known{"siblings", "children", "parent", "ancestors"};
  const auto names = network.get<std::vector<std::string>>("relations", {"siblings", "children", "parent"});
  check_known(names, known, "recipe: network: relations");
  const auto named = [&](const char* name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (named("parent") && named("ancestors"))
    network.fail("relations", "names both \"parent\" and \"ancestors\"; the ancestors include the parent");
  FamilyChoice choice;
  choice.siblings = named("siblings");
  choice.children = named("children");
  choice.ancestors = named("ancestors") ? levels - 1 : named("parent") ? 1 : 0;
  return choice;
}

void check_widths(StrictObject& network, const NetworkSpec& spec, int levels) {
  if (spec.widths.size() != static_cast<std::size_t>(levels))
    network.fail("widths", "must have one number per level (" + std::to_string(levels) + "), but has " +
                               std::to_string(spec.widths.size()));
  for (const int width : spec.widths) {
    if (width < 4 || width > 4096)
      network.fail("widths", "must lie between 4 and 4096, but one is " + std::to_string(width));
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
    network.fail("point_prior", "names \"" + name + "\", which is no point column of the features; did you mean \"" +
                                    detail::nearest_word(name, columns) + "\"?");
}

void parse_network(StrictObject network, Recipe& recipe) {
  SceneOptions& scene = recipe.scene;
  NetworkSpec& spec = recipe.network;
  network.choose("hierarchy", "octree", {"octree"});
  spec.attention = parse_attention(network);
  spec.order = network.choose("order", spec.order, {"up-down", "together"});
  spec.softmax = network.choose("softmax", spec.softmax, {"joint", "separate"});
  spec.position = network.choose("position", spec.position, {"query", "relation", "none"});
  scene.orientation = network.choose("orientation", scene.orientation, {"viewpoint", "up", "outward"});
  scene.normalise = network.choose("normalise", scene.normalise, {"none", "box", "sphere"});
  scene.frame = network.choose("frame", scene.frame, {"input", "principal"});
  scene.siblings = network.choose("siblings", scene.siblings, {"nearest", "tree"});
  scene.branching = network.get_in<int>("branching", scene.branching, 2, 3);
  scene.points = network.get_in<int>("points", scene.points, 0, 1e9);
  if (scene.normalise == "none") {
    scene.cell_size = network.require_in<double>("cell_size", 1e-6, 1e6);
    if (scene.points > 0) network.fail("points", "belongs to normalised clouds; set \"normalise\" to box or sphere");
    if (scene.frame != "input") network.fail("frame", "belongs to normalised clouds; set \"normalise\" too");
  } else if (network.has("cell_size")) {
    network.fail("cell_size",
                 "does not go with \"normalise\": the last level is the cloud's cube, and the leaves follow");
  }
  scene.neighbours = network.get_in<int>("neighbours", scene.neighbours, 1, 64);
  spec.walks = parse_walks(network.object("walks"), scene.neighbours);
  spec.widths = network.require<std::vector<int>>("widths");
  scene.levels = network.get<int>("levels", static_cast<int>(spec.widths.size()));
  if (scene.levels < 1 || scene.levels > 22)
    network.fail("levels", "must lie between 1 and 22, but is " + std::to_string(scene.levels));
  spec.head_width = network.get_in<int>("head_width", spec.head_width, 4, 4096);
  spec.relations = parse_relations(network, scene.levels);
  spec.blocks = network.get_in<int>("blocks", spec.blocks, 1, 64);
  spec.standardise = network.get<bool>("standardise", spec.standardise);
  spec.point_stage = network.get_in<int>("point_stage", spec.point_stage, 0, 4096);
  spec.point_attention = network.get<bool>("point_attention", spec.point_attention);
  if (spec.point_attention && recipe.task != "segmentation") network.fail("point_attention", "belongs to segmentation");
  if (spec.point_attention && spec.order != "together")
    network.fail("point_attention", "needs \"order\" \"together\", where all levels have one width");
  spec.tower_blocks = network.get_in<int>("tower_blocks", spec.tower_blocks, 1, 64);
  if (!recipe.categories.empty() && spec.order != "together")
    network.fail("order", "must be \"together\" for a model of parts, whose classes have a \"category\"");
  if (!recipe.categories.empty() && scene.normalise == "none")
    network.fail("normalise", "must be box or sphere for a model of parts, whose classes have a \"category\"");
  spec.expansion = network.get_in<double>("expansion", spec.expansion, 0.25, 16);
  spec.point_width = network.get_in<int>("point_width", spec.point_width, 1, 4096);
  spec.point_prior = network.get<std::string>("point_prior", spec.point_prior);
  spec.point_prior_weight = network.get_in<double>("point_prior_weight", spec.point_prior_weight, -1e3, 1e3);
  check_point_prior(network, recipe);
  network.finish();
  check_widths(network, spec, scene.levels);
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

void parse_training(StrictObject training, Recipe& recipe) {
  TrainingSpec& spec = recipe.training;
  constexpr double many = 1e9;
  spec.epochs = training.get_in<int>("epochs", spec.epochs, 1, 1e6);
  spec.steps_per_epoch = training.get_in<int>("steps_per_epoch", spec.steps_per_epoch, 0, many);
  spec.seed = training.get<std::uint64_t>("seed", spec.seed);
  spec.learning_rate = training.get_in<double>("learning_rate", spec.learning_rate, 0, 10);
  spec.final_rate = training.get_in<double>("final_rate", spec.final_rate, 0, 1);
  spec.weight_decay = training.get_in<double>("weight_decay", spec.weight_decay, 0, 10);
  spec.beta1 = training.get_in<double>("beta1", spec.beta1, 0, 0.999999);
  spec.beta2 = training.get_in<double>("beta2", spec.beta2, 0, 0.999999);
  spec.clip = training.get_in<double>("clip", spec.clip, 0, many);
  spec.warmup = training.get_in<int>("warmup", spec.warmup, 0, many);
  spec.ema = training.get_in<double>("ema", spec.ema, 0, 0.999999);
  spec.label_smoothing = training.get_in<double>("label_smoothing", spec.label_smoothing, 0, 0.999);
  spec.auxiliary = training.get_in<double>("auxiliary", spec.auxiliary, 0, 100);
  spec.feature_dropout = training.get_in<double>("feature_dropout", spec.feature_dropout, 0, 0.999);
  spec.dropout = training.get_in<double>("dropout", spec.dropout, 0, 0.95);
  spec.head_dropout = training.get_in<double>("head_dropout", spec.head_dropout, 0, 0.95);
  spec.category_weight = training.get_in<double>("category_weight", spec.category_weight, 0, 100);
  spec.category_smoothing = training.get_in<double>("category_smoothing", spec.category_smoothing, 0, 0.999);
  spec.size_jitter = training.get_in<double>("size_jitter", spec.size_jitter, 0, 10);
  spec.temperature = training.get_in<double>("temperature", spec.temperature, 0.001, 1000);
  spec.category_temperature = training.get_in<double>("category_temperature", spec.category_temperature, 0.001, 1000);
  spec.class_weights = training.get<std::vector<double>>("class_weights", {});
  if (!spec.class_weights.empty() && spec.class_weights.size() != recipe.classes.size())
    training.fail("class_weights", "must have one number per class (" + std::to_string(recipe.classes.size()) +
                                       "), but has " + std::to_string(spec.class_weights.size()));
  for (const double weight : spec.class_weights)
    if (!(weight > 0 && weight <= 1e6)) training.fail("class_weights", "must hold numbers above 0 and up to 1e6");
  spec.loss_points = training.get_in<int>("loss_points", spec.loss_points, 1, many);
  spec.batch = training.get_in<int>("batch", spec.batch, 1, 4096);
  spec.balance = training.get<std::string>("balance", spec.balance);
  check_balance(training, spec.balance);
  if (training.has("augment")) spec.augment = training.raw("augment");
  StrictObject(spec.augment, "recipe: training: augment");  // refuses what is not an object
  if (training.has("augment_before")) spec.augment_before = training.raw("augment_before");
  StrictObject(spec.augment_before, "recipe: training: augment_before");
  training.finish();
}

}  // namespace

Recipe parse_recipe(const Json& json) {
  StrictObject root(json, "recipe");
  Recipe recipe;
  recipe.json = json;
  if (!root.has("task")) root.require<std::string>("task");
  recipe.task = root.choose("task", "", {"segmentation", "classification"});
  parse_classes(root, recipe);
  parse_fields(root.object("fields"), recipe);
  recipe.scene.features = root.get<std::vector<std::string>>("features", {});
  check_known(recipe.scene.features, feature_names(), "recipe: features");
  parse_network(root.object("network"), recipe);
  parse_training(root.object("training"), recipe);
  recipe.about = root.get<std::map<std::string, std::string>>("about", {});
  root.finish();
  return recipe;
}

namespace {

void change(Json& recipe, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error("the change \"" + text + "\" must look like network.levels=4");
  try {
    Json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error("the change \"" + text + "\" is not UTF-8");
  }
  const auto levels = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(equals), '.') + 1;
  const auto watch = [&](std::int64_t depth, Json::parse_event_t, const Json&) {
    if (levels + depth >= kDeepestJson)
      throw Error("the change of \"" + text.substr(0, text.find_first_of(".=")) + "\" nests more than " +
                  std::to_string(kDeepestJson) + " levels deep");
    return true;
  };
  watch(0, {}, {});
  Json value = Json::parse(text.substr(equals + 1), watch, false);
  if (value.is_discarded()) value = text.substr(equals + 1);
  Json* object = &recipe;
  std::istringstream keys(text.substr(0, equals));
  std::string key, next;
  std::getline(keys, key, '.');
  while (std::getline(keys, next, '.')) {
    object = &(*object)[key];
    if (object->is_null()) *object = Json::object();
    if (!object->is_object()) throw Error("the change \"" + text + "\": \"" + key + "\" is no object in the recipe");
    key = next;
  }
  if (value.is_null()) {
    object->erase(key);
  } else {
    (*object)[key] = value;
  }
}

}  // namespace

Recipe parse_recipe(const std::string& text, const std::vector<std::string>& changes) {
  try {
    Json json = parse_json(text, "recipe");
    if (!changes.empty() && !json.is_object()) throw Error("recipe: must be an object");
    for (const auto& one : changes) change(json, one);
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
