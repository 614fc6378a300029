// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/recipe.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "tests/support/good_recipe.h"

namespace treewalk {
namespace {

using test::expect_says;
using test::good;
using test::kGood;
using test::parts;

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
  EXPECT_EQ(Json::parse(recipe.text), good());
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

TEST(Recipe, MinusOneIsNoLabelWhetherItIsIgnoredOrNot) {
  Json json = good();
  EXPECT_EQ(parse_recipe(json).class_of(4294967295u), -1);
  json["ignore"] = parse_json(R"(["0", -1, "-1", "nan", "NaN"])", "ignore");
  EXPECT_EQ(parse_recipe(json).ignore.size(), 1u);
  EXPECT_EQ(parse_recipe(json).class_of(4294967295u), -1);
  json["ignore"] = parse_json(R"(["-2"])", "ignore");
  EXPECT_THROW(parse_recipe(json), Error);
  json["ignore"] = Json::array();
  json["classes"][1]["from"] = parse_json(R"(["20-4294967295"])", "from");
  EXPECT_EQ(parse_recipe(json).class_of(4294967295u), 1) << "a recipe that names it means it";
  json["classes"][1]["from"] = parse_json("[-1]", "from");
  EXPECT_THROW(parse_recipe(json), Error);
}

/// A recipe of four classes of labels 1 to 4.
Json four_classes() {
  Json json = good();
  json["classes"] = parse_json(R"([{"id": 1, "name": "ground"}, {"id": 2, "name": "low"}, {"id": 3, "name": "high"},
                                   {"id": 4, "name": "wire"}])",
                               "classes");
  return json;
}

TEST(Recipe, CoarseLabelsLeaveTheChoiceAmongSeveralClasses) {
  Json json = four_classes();
  json["coarse"] = parse_json(R"({"20-65535": ["high", "low"], "10": ["wire", "low", "high"], "12": ["low", "high"],
                                  "4294967290-4294967295": ["wire", "ground"]})",
                              "coarse");
  const Recipe recipe = parse_recipe(json);
  ASSERT_EQ(recipe.coarse.size(), 3u) << "labels of the same classes are one";
  const auto classes_of = [&](std::uint32_t label) {
    const int found = recipe.class_of(label);
    return is_coarse(found) ? recipe.coarse[coarse_index(found)].classes : std::vector<int>{found};
  };
  EXPECT_EQ(classes_of(20), (std::vector<int>{1, 2}));
  EXPECT_EQ(classes_of(65535), (std::vector<int>{1, 2}));
  EXPECT_EQ(classes_of(12), (std::vector<int>{1, 2}));
  EXPECT_EQ(classes_of(10), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(classes_of(255), (std::vector<int>{1, 2})) << "a recipe that names unknown_id means it";
  EXPECT_EQ(classes_of(4294967290u), (std::vector<int>{0, 3}));
  EXPECT_EQ(classes_of(4294967295u), (std::vector<int>{-1})) << "-1 is no label";
  EXPECT_EQ(classes_of(3), (std::vector<int>{2}));
  EXPECT_EQ(classes_of(0), (std::vector<int>{-1}));
  EXPECT_THROW(recipe.class_of(11), Error);
  EXPECT_TRUE(parse_recipe(four_classes()).coarse.empty());
}

TEST(Recipe, CoarseLabelsCanBeChangedForOneRun) {
  Json json = four_classes();
  const auto recipe =
      parse_recipe(json.dump(), {R"(coarse.10=["low","wire"])", R"(coarse.11-19=["low","high"])", "coarse.10=null"});
  ASSERT_EQ(recipe.coarse.size(), 1u);
  EXPECT_EQ(recipe.coarse[0].classes, (std::vector<int>{1, 2}));
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

TEST(Recipe, CategoriesStandInOrderOfAppearance) {
  const Recipe recipe = parse_recipe(parts());
  EXPECT_EQ(recipe.categories, (std::vector<std::string>{"plane", "chair"}));
  EXPECT_EQ(recipe.category_of_class, (std::vector<int>{0, 1, 0}));
  EXPECT_EQ(recipe.folder_names(), recipe.categories);
  EXPECT_EQ(recipe.classes[1].category, "chair");
  EXPECT_TRUE(parse_recipe(good()).folder_names().empty());
}

TEST(Recipe, HasAsManyLevelsAsWidthsWhereItDoesNotSay) {
  Json json = test::good();
  json["network"].erase("levels");
  EXPECT_EQ(parse_recipe(json).scene.levels, 5);
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
  ASSERT_TRUE(recipe.training.augment_before.tilt.has_value());
  EXPECT_EQ(recipe.training.augment_before.tilt->sigma, 0.1);
  EXPECT_FALSE(recipe.training.augment.tilt.has_value());
  const Recipe plain = parse_recipe(good());
  EXPECT_EQ(plain.scene.siblings, "nearest");
  EXPECT_EQ(plain.scene.branching, 2);
  EXPECT_EQ(plain.scene.normalise, "none");
  EXPECT_EQ(plain.network.softmax, "joint");
  EXPECT_EQ(plain.network.position, "query");
  EXPECT_EQ(plain.training.dropout, 0);
  EXPECT_EQ(plain.training.temperature, 1);
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

}  // namespace
}  // namespace treewalk
