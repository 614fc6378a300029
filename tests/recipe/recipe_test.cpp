// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/recipe.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <functional>

#include "tests/support/good_recipe.h"

namespace treewalk {
namespace {

using test::complaint;
using test::expect_says;
using test::good;
using test::kGood;

TEST(Recipe, ReadsTheDocumentedShape) {
  const Recipe recipe = parse_recipe(good());
  EXPECT_EQ(recipe.task, "segmentation");
  ASSERT_EQ(recipe.classes.size(), 2u);
  EXPECT_EQ(recipe.classes[1].name, "object");
  EXPECT_EQ(recipe.classes[1].color, "#3080d0");
  EXPECT_EQ(recipe.class_names(), (std::vector<std::string>{"table", "object"}));
  EXPECT_EQ(recipe.unknown_id, 255u);
  EXPECT_EQ(recipe.optional_fields.size(), 3u);
  EXPECT_DOUBLE_EQ(recipe.scene.cell_size, 0.01);
  EXPECT_EQ(recipe.scene.levels, 5);
  EXPECT_EQ(recipe.scene.neighbours, 8);
  EXPECT_EQ(recipe.network.widths, (std::vector<int>{16, 32, 64, 96, 96}));
  EXPECT_TRUE(recipe.network.relations.siblings);
  EXPECT_TRUE(recipe.network.relations.children);
  EXPECT_EQ(recipe.network.relations.ancestors, 1);
  EXPECT_EQ(recipe.training.epochs, 30);
  EXPECT_DOUBLE_EQ(recipe.training.learning_rate, 0.003);
  EXPECT_EQ(recipe.json, good());
}

TEST(Recipe, MapsSourceLabelsToClassIndices) {
  const Recipe recipe = parse_recipe(good());
  EXPECT_EQ(recipe.class_of(1), 0);
  EXPECT_EQ(recipe.class_of(9), 0);
  EXPECT_EQ(recipe.class_of(20), 1);
  EXPECT_EQ(recipe.class_of(65535), 1);
  EXPECT_EQ(recipe.class_of(0), -1);
  try {
    recipe.class_of(17);
    FAIL() << "label 17 is in no range";
  } catch (const Error& error) {
    expect_says(error.what(), {"label 17", "ignore"});
  }
}

TEST(Recipe, ClassWithoutFromIsTrainedOnItsOwnId) {
  Json json = good();
  json["classes"] = parse_json(R"([{"id": 0, "name": "ground"}, {"id": 7, "name": "off"}])", "classes");
  json["ignore"] = Json::array();
  const Recipe recipe = parse_recipe(json);
  EXPECT_EQ(recipe.class_of(7), 1);
  EXPECT_NE(recipe.classes[0].color, recipe.classes[1].color);
}

TEST(Recipe, RelationsChooseTheFamily) {
  Json json = good();
  json["network"]["relations"] = {"siblings", "ancestors"};
  const Recipe recipe = parse_recipe(json);
  EXPECT_TRUE(recipe.network.relations.siblings);
  EXPECT_FALSE(recipe.network.relations.children);
  EXPECT_EQ(recipe.network.relations.ancestors, 4);
}

TEST(Recipe, ClassificationNeedsNoSourceLabels) {
  Json json = good();
  json["task"] = "classification";
  json["classes"] = parse_json(R"([{"id": 0, "name": "bed"}, {"id": 1, "name": "chair"}])", "classes");
  EXPECT_TRUE(parse_recipe(json).classes[0].source_labels.empty());
  json["classes"][0]["from"] = {"1"};
  EXPECT_THROW(parse_recipe(json), Error);
}

TEST(Recipe, NamesTheNearestKeyForAMisspeltOne) {
  expect_says(complaint([](Json& j) { j["clases"] = 1; }), {"recipe", "\"clases\"", "not known"});
  expect_says(complaint([](Json& j) { j["network"]["widht"] = 1; }), {"recipe: network", "\"widht\"", "did you mean"});
  expect_says(complaint([](Json& j) { j["training"]["learning_rat"] = 1; }), {"recipe: training", "\"learning_rat\""});
  expect_says(
      complaint([](Json& j) { j["training"]["epoch"] = j["training"]["epochs"], j["training"].erase("epochs"); }),
      {"\"epoch\"", "did you mean \"epochs\"?"});
  expect_says(complaint([](Json& j) { j["network"]["width"] = j["network"]["widths"], j["network"].erase("widths"); }),
              {"\"width\"", "did you mean \"widths\"?"});
  expect_says(complaint([](Json& j) { j["classes"][0]["colour"] = "#000000"; }), {"classes[0]", "\"colour\""});
  expect_says(complaint([](Json& j) { j["fields"]["optinal"] = 1; }), {"recipe: fields", "\"optinal\""});
}

TEST(Recipe, RefusesWrongTypes) {
  expect_says(complaint([](Json& j) { j["task"] = 3; }), {"\"task\"", "text"});
  expect_says(complaint([](Json& j) { j["training"]["epochs"] = 2.5; }), {"\"epochs\"", "whole number", "2.5"});
  expect_says(complaint([](Json& j) { j["training"]["epochs"] = true; }), {"\"epochs\"", "whole number"});
  expect_says(complaint([](Json& j) { j["training"]["seed"] = -1; }), {"\"seed\"", "at least 0", "-1"});
  expect_says(complaint([](Json& j) { j["network"]["widths"] = "wide"; }), {"\"widths\"", "list of whole numbers"});
  expect_says(complaint([](Json& j) { j["network"] = 5; }), {"recipe: network", "object"});
  expect_says(complaint([](Json& j) { j["classes"] = 5; }), {"\"classes\"", "list"});
  expect_says(complaint([](Json& j) { j["features"] = {1, 2}; }), {"\"features\"", "list of texts"});
  expect_says(complaint([](Json& j) { j["training"]["augment"] = 1; }), {"augment", "object"});
  expect_says(complaint([](Json& j) { j["unknown_id"] = 5000000000; }), {"\"unknown_id\""});
  expect_says(complaint([](Json& j) { j["about"] = {{"data", 5}}; }), {"\"about\"", "object of texts"});
  expect_says(complaint([](Json& j) { j = Json::array(); }), {"recipe", "object"});
}

TEST(Recipe, RefusesBadClassTables) {
  expect_says(complaint([](Json& j) { j["classes"] = Json::array(); }), {"at least one class"});
  expect_says(complaint([](Json& j) { j["classes"][1]["id"] = 1; }), {"table", "object", "same id 1"});
  expect_says(complaint([](Json& j) { j["classes"][1]["name"] = "table"; }), {"two classes", "table"});
  expect_says(complaint([](Json& j) { j["classes"][0].erase("name"); }), {"classes[0]", "\"name\" is missing"});
  expect_says(complaint([](Json& j) { j["classes"][0]["color"] = "red"; }), {"\"color\"", "red"});
  expect_says(complaint([](Json& j) { j["classes"][0]["from"] = {"9-1"}; }), {"9-1", "backwards"});
  expect_says(complaint([](Json& j) { j["classes"][0]["from"] = {"a"}; }), {"from", "label ranges"});
  expect_says(complaint([](Json& j) { j["classes"][0]["from"] = Json::array(); }), {"from", "at least one label"});
  expect_says(complaint([](Json& j) { j["classes"][0]["from"] = {"1-20"}; }), {"1-20", "20-65535", "overlap"});
  expect_says(complaint([](Json& j) { j["ignore"] = {"5"}; }), {"table", "ignore", "overlap"});
  expect_says(complaint([](Json& j) { j["unknown_id"] = 2; }), {"unknown_id", "object"});
}

TEST(Recipe, RefusesNetworksThatCannotBeBuilt) {
  expect_says(complaint([](Json& j) { j["network"]["levels"] = 4; }), {"\"widths\"", "per level (4)", "has 5"});
  expect_says(complaint([](Json& j) { j["network"]["levels"] = 0; }), {"\"levels\"", "between 1 and 22"});
  expect_says(complaint([](Json& j) { j["network"]["widths"][2] = 50; }), {"50", "3 heads", "\"head_width\" is 16"});
  expect_says(complaint([](Json& j) { j["network"]["widths"][0] = 18; }), {"18", "1 heads"});
  expect_says(complaint([](Json& j) { j["network"]["order"] = "together"; }), {"equal", "together"});
  expect_says(complaint([](Json& j) { j["network"]["hierarchy"] = "quadtree"; }), {"octree", "quadtree"});
  expect_says(complaint([](Json& j) { j["network"]["orientation"] = "down"; }), {"viewpoint", "up", "down"});
  expect_says(complaint([](Json& j) { j["network"]["relations"] = {"sibling"}; }), {"did you mean \"siblings\"?"});
  expect_says(complaint([](Json& j) { j["network"]["relations"] = {"parent", "ancestors"}; }), {"relations"});
  expect_says(complaint([](Json& j) { j["network"]["cell_size"] = 0; }), {"\"cell_size\"", "between"});
  expect_says(complaint([](Json& j) { j["network"].erase("cell_size"); }), {"\"cell_size\" is missing"});
}

TEST(Recipe, RefusesBadTraining) {
  expect_says(complaint([](Json& j) { j["training"]["class_weights"] = {1}; }), {"class_weights", "(2)", "has 1"});
  expect_says(complaint([](Json& j) { j["training"]["class_weights"] = {1, 0}; }), {"class_weights", "above 0"});
  expect_says(complaint([](Json& j) { j["training"]["epochs"] = 0; }), {"\"epochs\"", "between 1"});
  expect_says(complaint([](Json& j) { j["training"]["beta2"] = 1.0; }), {"\"beta2\""});
  expect_says(complaint([](Json& j) { j["training"]["balance"] = "("; }), {"\"balance\"", "regular expression"});
  expect_says(complaint([](Json& j) { j["training"]["balance"] = "samp."; }), {"\"balance\"", "group"});
  expect_says(complaint([](Json& j) { j["fields"]["optional"] = {"normals"}; }), {"did you mean \"normal\"?"});
  expect_says(complaint([](Json& j) { j["features"] = {"ofset"}; }),
              {"features", "did you mean \"offset\"?", "\"plane\""});
  expect_says(complaint([](Json& j) { j["features"] = {"offset", "offset"}; }), {"offset", "named twice"});
  expect_says(complaint([](Json& j) { j["network"]["point_prior"] = "plane"; }), {"point_prior", "no feature"});
  expect_says(complaint([](Json& j) {
                j["features"] = {"offset", "ground"};
                j["network"]["point_prior"] = "ground.relative_29";
              }),
              {"point_prior", "did you mean \"ground.relative_29_0."});
  expect_says(complaint([](Json& j) { j["task"] = "regression"; }), {"segmentation", "classification", "regression"});
}

/// A model of parts: two kinds of objects.
Json parts() {
  Json json = good();
  json["classes"] = parse_json(R"([{"id": 1, "name": "wing", "category": "plane"},
                                   {"id": 2, "name": "seat", "category": "chair"},
                                   {"id": 3, "name": "tail", "category": "plane"}])",
                               "classes");
  auto& network = json["network"];
  network.erase("cell_size");
  network["normalise"] = "sphere";
  network["order"] = "together";
  network["widths"] = {16, 16, 16, 16, 16};
  return json;
}

std::string parts_complaint(const std::function<void(Json&)>& change) {
  return complaint([&](Json& json) {
    json = parts();
    change(json);
  });
}

TEST(Recipe, CategoriesStandInOrderOfAppearance) {
  const Recipe recipe = parse_recipe(parts());
  EXPECT_EQ(recipe.categories, (std::vector<std::string>{"plane", "chair"}));
  EXPECT_EQ(recipe.category_of_class, (std::vector<int>{0, 1, 0}));
  EXPECT_EQ(recipe.folder_names(), recipe.categories);
  EXPECT_EQ(recipe.classes[1].category, "chair");
  EXPECT_TRUE(parse_recipe(good()).folder_names().empty());
}

TEST(Recipe, PartsNeedACategoryOrderAndPose) {
  EXPECT_EQ(parts_complaint([](Json&) {}), "");
  expect_says(parts_complaint([](Json& j) { j["classes"][1].erase("category"); }),
              {"class \"seat\" has no \"category\"", "unlike class \"wing\"", "all or to none"});
  expect_says(parts_complaint([](Json& j) { j["classes"][0].erase("category"); }),
              {"class \"seat\" has a \"category\"", "unlike class \"wing\""});
  expect_says(parts_complaint([](Json& j) { j["network"]["order"] = "up-down"; }), {"\"order\"", "\"together\""});
  expect_says(parts_complaint([](Json& j) { j["network"]["normalise"] = "none", j["network"]["cell_size"] = 0.1; }),
              {"\"normalise\"", "box or sphere"});
  expect_says(complaint([](Json& j) {
                j["task"] = "classification";
                j["classes"] = parse_json(R"([{"id": 1, "name": "bed", "category": "furniture"}])", "classes");
              }),
              {"\"category\"", "belongs to segmentation"});
}

TEST(Recipe, NormalisedCloudsHaveNoCellSizeAndOthersNoPose) {
  expect_says(parts_complaint([](Json& j) { j["network"]["cell_size"] = 0.1; }), {"\"cell_size\"", "\"normalise\""});
  expect_says(complaint([](Json& j) { j["network"]["points"] = 1000; }), {"\"points\"", "\"normalise\""});
  expect_says(complaint([](Json& j) { j["network"]["frame"] = "principal"; }), {"\"frame\"", "\"normalise\""});
  expect_says(parts_complaint([](Json& j) { j["network"]["normalise"] = "cube"; }), {"box", "sphere", "cube"});
  expect_says(parts_complaint([](Json& j) { j["network"]["frame"] = "main"; }), {"principal", "main"});
  expect_says(parts_complaint([](Json& j) { j["network"]["points"] = -1; }), {"\"points\"", "-1"});
}

TEST(Recipe, ReadsWhatNetworksMayBeMadeOf) {
  Json json = parts();
  auto& network = json["network"];
  network["siblings"] = "tree";
  network["branching"] = 3;
  network["softmax"] = "separate";
  network["position"] = "relation";
  network["orientation"] = "outward";
  network["frame"] = "principal";
  network["points"] = 4096;
  network["point_stage"] = 32;
  network["point_attention"] = true;
  network["tower_blocks"] = 3;
  json["training"]["dropout"] = 0.1;
  json["training"]["head_dropout"] = 0.2;
  json["training"]["category_weight"] = 0.5;
  json["training"]["category_smoothing"] = 0.25;
  json["training"]["size_jitter"] = 0.3;
  json["training"]["temperature"] = 1.25;
  json["training"]["category_temperature"] = 0.75;
  json["training"]["augment_before"] = {{"tilt", 0.1}};
  const Recipe recipe = parse_recipe(json);
  EXPECT_EQ(recipe.scene.siblings, "tree");
  EXPECT_EQ(recipe.scene.branching, 3);
  EXPECT_EQ(recipe.scene.orientation, "outward");
  EXPECT_EQ(recipe.scene.normalise, "sphere");
  EXPECT_EQ(recipe.scene.frame, "principal");
  EXPECT_EQ(recipe.scene.points, 4096);
  EXPECT_EQ(recipe.network.softmax, "separate");
  EXPECT_EQ(recipe.network.position, "relation");
  EXPECT_EQ(recipe.network.point_stage, 32);
  EXPECT_TRUE(recipe.network.point_attention);
  EXPECT_EQ(recipe.network.tower_blocks, 3);
  EXPECT_EQ(recipe.training.dropout, 0.1);
  EXPECT_EQ(recipe.training.head_dropout, 0.2);
  EXPECT_EQ(recipe.training.category_weight, 0.5);
  EXPECT_EQ(recipe.training.category_smoothing, 0.25);
  EXPECT_EQ(recipe.training.size_jitter, 0.3);
  EXPECT_EQ(recipe.training.temperature, 1.25);
  EXPECT_EQ(recipe.training.category_temperature, 0.75);
  EXPECT_EQ(recipe.training.augment_before, (Json{{"tilt", 0.1}}));
  const Recipe plain = parse_recipe(good());
  EXPECT_EQ(plain.scene.siblings, "nearest");
  EXPECT_EQ(plain.scene.branching, 2);
  EXPECT_EQ(plain.scene.normalise, "none");
  EXPECT_EQ(plain.network.softmax, "joint");
  EXPECT_EQ(plain.network.position, "query");
  EXPECT_EQ(plain.training.dropout, 0);
  EXPECT_EQ(plain.training.temperature, 1);
}

TEST(Recipe, RefusesChoicesThatAreNone) {
  expect_says(complaint([](Json& j) { j["network"]["siblings"] = "near"; }), {"nearest", "tree", "near"});
  expect_says(complaint([](Json& j) { j["network"]["softmax"] = "split"; }), {"joint", "separate", "split"});
  expect_says(complaint([](Json& j) { j["network"]["position"] = "all"; }), {"query", "relation", "none", "all"});
  expect_says(complaint([](Json& j) { j["network"]["branching"] = 4; }), {"\"branching\"", "4"});
  expect_says(complaint([](Json& j) { j["network"]["point_attention"] = true; }), {"\"point_attention\"", "together"});
  expect_says(parts_complaint([](Json& j) {
                j["task"] = "classification";
                for (auto& c : j["classes"]) c.erase("category");
                j["network"]["point_attention"] = true;
              }),
              {"\"point_attention\"", "belongs to segmentation"});
  expect_says(complaint([](Json& j) { j["training"]["dropout"] = 1; }), {"\"dropout\"", "1"});
  expect_says(complaint([](Json& j) { j["training"]["temperature"] = 0; }), {"\"temperature\"", "0"});
  expect_says(complaint([](Json& j) { j["training"]["augment_before"] = 1; }), {"augment_before", "object"});
  expect_says(complaint([](Json& j) { j["training"]["augment_befor"] = Json::object(); }),
              {"did you mean \"augment_before\"?"});
}

TEST(Recipe, ReadsFilesAndNamesThemInErrors) {
  const std::string file = ::testing::TempDir() + "treewalk_recipe_test.json";
  std::ofstream(file) << kGood;
  EXPECT_EQ(read_recipe(file).classes.size(), 2u);
  std::ofstream(file) << "{ \"task\": ";
  try {
    read_recipe(file);
    FAIL();
  } catch (const Error& error) {
    expect_says(error.what(), {file, "not valid JSON", "line 1"});
  }
  std::remove(file.c_str());
  EXPECT_THROW(read_recipe(file), Error);
}

TEST(Recipe, ChangesAreMadeBeforeItIsChecked) {
  const std::string file = ::testing::TempDir() + "treewalk_recipe_changes_test.json";
  std::ofstream(file) << parts();
  const Recipe recipe = read_recipe(
      file, {"network.siblings=tree", "network.levels=2", "network.widths=[32, 32]", "training.augment.jitter=0.01",
             "training.augment_before.tilt.sigma=0.1", "ignore=null", "unknown_id=77"});
  EXPECT_EQ(recipe.scene.siblings, "tree");
  EXPECT_EQ(recipe.scene.levels, 2);
  EXPECT_EQ(recipe.network.widths, (std::vector<int>{32, 32}));
  EXPECT_EQ(recipe.training.augment, (Json{{"jitter", 0.01}}));
  EXPECT_EQ(recipe.training.augment_before, (Json{{"tilt", {{"sigma", 0.1}}}}));
  EXPECT_TRUE(recipe.ignore.empty());
  EXPECT_EQ(recipe.unknown_id, 77u);
  EXPECT_EQ(recipe.json["network"]["siblings"], "tree") << "the model says how it was made";
  const auto complaint_of = [&](const std::string& change) -> std::string {
    try {
      read_recipe(file, {change});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  expect_says(complaint_of("network.levels"), {file, "\"network.levels\"", "must look like"});
  expect_says(complaint_of("=4"), {"must look like"});
  expect_says(complaint_of("task.levels=4"), {"\"task\" is no object"});
  std::string deep = "training.augment";
  for (int level = 0; level < 70; ++level) deep += ".a";
  expect_says(complaint_of(deep + "=1"), {"nests more than 64 levels"});
  expect_says(complaint_of("training.augment.jitter=" + std::string(100000, '[')), {"nests more than 64 levels"});
  expect_says(complaint_of("network.softmx=joint"), {"\"softmx\"", "did you mean \"softmax\"?"});
  std::remove(file.c_str());
}

TEST(Recipe, RefusesPatternsThatWouldExhaustTheStack) {
  const std::string deep = std::string(60000, '(') + std::string(60000, ')');
  expect_says(complaint([&](Json& j) { j["training"]["balance"] = deep; }), {"balance", "120000"});
}

}  // namespace
}  // namespace treewalk
