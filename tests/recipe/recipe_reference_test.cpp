// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "core/features/feature.h"
#include "core/recipe/recipe_fields.h"
#include "tests/support/error_of.h"
#include "tests/support/good_recipe.h"
#include "treewalk/recipe.h"

namespace treewalk {
namespace {

using test::expect_says;

void for_each_key(const Key& object, const std::string& path, const std::function<void(const Key&, std::string)>& see) {
  for (const Key& key : object.keys) {
    const std::string own = path.empty() ? key.name : path + "." + key.name;
    see(key, own);
    for_each_key(key, own, see);
  }
}

TEST(RecipeKeys, EachHasASentenceAndAValidDefault) {
  int count = 0;
  for_each_key(recipe_key(), "", [&](const Key& key, const std::string& path) {
    ++count;
    EXPECT_GT(key.sentence.size(), 7u) << path;
    EXPECT_NE(key.sentence.back(), '.') << path;
    EXPECT_LE(key.low, key.high) << path;
    EXPECT_FALSE(takes(key).empty()) << path;
    EXPECT_TRUE(key.fallback.empty() || Json::accept(key.fallback)) << path;
    EXPECT_TRUE(key.main.empty() || find_key(key, key.main) != nullptr) << path;
    // Whatever is absent stands for something that is said.
    EXPECT_TRUE(key.required || !key.fallback.empty() || !key.otherwise.empty() || key.type == Key::object) << path;
  });
  EXPECT_GT(count, 150);
}

TEST(RecipeKeys, AllKeysStandInAllThreeForms) {
  const std::string text = recipe_reference(), page = recipe_reference(ReferenceFormat::markdown),
                    schema = recipe_reference(ReferenceFormat::schema);
  for_each_key(recipe_key(), "", [&](const Key& key, const std::string& path) {
    EXPECT_NE(page.find("`" + key.name + "`"), std::string::npos) << path;
    EXPECT_NE(("\n" + text).find(key.name + " "), std::string::npos) << path;
    EXPECT_NE(schema.find("\"" + key.name + "\": {"), std::string::npos) << path;
    const std::string alone = recipe_reference(ReferenceFormat::text, path);
    EXPECT_EQ(alone.find(path), 0u) << alone;
    std::string words = key.sentence.substr(0, 12);
    EXPECT_NE(alone.find(words), std::string::npos) << alone;
  });
  for (const auto& feature : feature_table()) {
    EXPECT_NE(text.find(feature.sentence.substr(0, 12)), std::string::npos) << feature.name;
    EXPECT_NE(page.find("| `" + feature.name + "` |"), std::string::npos) << feature.name;
    EXPECT_EQ(recipe_reference(ReferenceFormat::text, "features." + feature.name).find(feature.name), 0u);
  }
}

TEST(RecipeKeys, TextFitsATerminal) {
  std::istringstream lines(recipe_reference());
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100u) << line;
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
  }
}

TEST(RecipeKeys, OneKeyAloneTellsAll) {
  expect_says(recipe_reference(ReferenceFormat::text, "training.epochs"),
              {"training.epochs", "passes over the data", "a whole number from 1 to 1000000; default 30"});
  expect_says(recipe_reference(ReferenceFormat::text, "features.covariance"), {"xx_8", "size_24"});
  const auto complaint = [](const std::string& key) {
    return error_of([&] { recipe_reference(ReferenceFormat::text, key); });
  };
  expect_says(complaint("training.epoch"), {"\"training.epoch\"", "did you mean \"epochs\"?"});
  expect_says(complaint("epochs"), {"belongs to \"training\""});
  expect_says(complaint("features.ofset"), {"did you mean \"offset\"?"});
}

TEST(RecipeKeys, FeaturesNameAsManyColumnsAsTheyHave) {
  SceneOptions options;
  options.levels = 6;
  for (const auto& info : feature_table()) {
    EXPECT_FALSE(info.sentence.empty()) << info.name;
    EXPECT_FALSE(info.unit.empty()) << info.name;
    for (int level = 0; level < options.levels; ++level) {
      const int times = info.repeated == "ancestor" ? options.levels - 1 - level
                        : info.repeated == "level"  ? options.levels
                                                    : 1;
      EXPECT_EQ(static_cast<int>(info.columns.size()) * times, feature(info.name).cell_columns(options, level))
          << info.name;
    }
    EXPECT_EQ(info.point_columns, feature(info.name).point_column_names()) << info.name;
  }
}

/// What is wrong with a value by the words of JSON Schema that the recipes' uses; empty when nothing is.
std::string fault(const Json& value, const Json& schema, const std::string& at) {
  if (schema.contains("anyOf")) {
    std::string all;
    for (const auto& one : schema["anyOf"]) {
      const auto found = fault(value, one, at);
      if (found.empty()) return "";
      all += found + "; ";
    }
    return all;
  }
  const std::string type = schema.at("type");
  const bool fits = type == "object"    ? value.is_object()
                    : type == "array"   ? value.is_array()
                    : type == "string"  ? value.is_string()
                    : type == "boolean" ? value.is_boolean()
                    : type == "integer" ? value.is_number_integer()
                                        : value.is_number();
  if (!fits) return at + " is no " + type;
  if (schema.contains("minimum") && value < schema["minimum"]) return at + " is too small";
  if (schema.contains("maximum") && value > schema["maximum"]) return at + " is too large";
  if (schema.contains("enum") && std::count(schema["enum"].begin(), schema["enum"].end(), value) == 0)
    return at + " is none of the choices";
  if (schema.contains("pattern") &&
      !std::regex_search(value.get<std::string>(), std::regex(schema["pattern"].get<std::string>())))
    return at + " has another form";
  if (type == "array") {
    if (schema.contains("minItems") && value.size() < schema["minItems"]) return at + " is too short";
    if (schema.contains("maxItems") && value.size() > schema["maxItems"]) return at + " is too long";
    for (const auto& element : value)
      if (const auto found = fault(element, schema.at("items"), at + "[]"); !found.empty()) return found;
  }
  if (type != "object") return "";
  if (schema.contains("required"))
    for (const auto& name : schema["required"])
      if (!value.contains(name.get<std::string>())) return at + " lacks " + name.dump();
  for (const auto& item : value.items()) {
    if (schema.contains("propertyNames") &&
        !std::regex_search(item.key(), std::regex(schema["propertyNames"]["pattern"].get<std::string>())))
      return at + " has a key of another form";
    const bool known = schema.contains("properties") && schema["properties"].contains(item.key());
    const Json& inner = known ? schema["properties"][item.key()] : schema.at("additionalProperties");
    if (inner.is_boolean()) return at + " has an unknown " + item.key();
    if (const auto found = fault(item.value(), inner, at + "." + item.key()); !found.empty()) return found;
  }
  return "";
}

TEST(RecipeSchema, AcceptsEveryShippedRecipeAndRefusesWhatTheParserDoes) {
  const Json schema = Json::parse(recipe_reference(ReferenceFormat::schema));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  int recipes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TREEWALK_RECIPES)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream stream(entry.path());
    EXPECT_EQ(fault(Json::parse(stream), schema, "recipe"), "") << entry.path();
    ++recipes;
  }
  EXPECT_GE(recipes, 5);
  EXPECT_EQ(fault(test::good(), schema, "recipe"), "");
  EXPECT_EQ(fault(test::parts(), schema, "recipe"), "");
  Json coarse = test::good();
  coarse["coarse"] = {{"10-12", {"table", "object"}}};
  EXPECT_EQ(fault(coarse, schema, "recipe"), "");
  const auto broken = [&](const std::function<void(Json&)>& change) {
    Json json = test::good();
    change(json);
    EXPECT_THROW(parse_recipe(json), Error) << json;
    return fault(json, schema, "recipe");
  };
  EXPECT_NE(broken([](Json& j) { j["clases"] = 1; }), "");
  EXPECT_NE(broken([](Json& j) { j.erase("task"); }), "");
  EXPECT_NE(broken([](Json& j) { j["network"]["epochs"] = 1; }), "");
  EXPECT_NE(broken([](Json& j) { j["training"]["epochs"] = 0; }), "");
  EXPECT_NE(broken([](Json& j) { j["training"]["epochs"] = 1.5; }), "");
  EXPECT_NE(broken([](Json& j) { j["network"]["siblings"] = "near"; }), "");
  EXPECT_NE(broken([](Json& j) { j["network"]["attention"] = 5; }), "");
  EXPECT_NE(broken([](Json& j) { j["features"] = {"ofset"}; }), "");
  EXPECT_NE(broken([](Json& j) { j["classes"][0]["color"] = "red"; }), "");
  EXPECT_NE(broken([](Json& j) { j["classes"][0]["from"] = {"a"}; }), "");
  EXPECT_NE(broken([](Json& j) { j["coarse"]["x"] = {"table", "object"}; }), "");
  EXPECT_NE(broken([](Json& j) { j["coarse"]["10"] = {"table"}; }), "");
  EXPECT_NE(broken([](Json& j) { j["coarse"]["10"] = "table"; }), "");
  EXPECT_NE(broken([](Json& j) { j["training"]["augment"]["scale"] = {1, 2, 3}; }), "");
  EXPECT_NE(broken([](Json& j) { j["training"]["augment"]["tilt"] = "much"; }), "");
  EXPECT_NE(broken([](Json& j) { j["training"]["augment"]["limit"] = Json::object(); }), "");
}

}  // namespace
}  // namespace treewalk
