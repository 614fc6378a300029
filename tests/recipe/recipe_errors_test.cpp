// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <gtest/gtest.h>

#include "core/recipe/recipe.h"
#include "tests/support/good_recipe.h"

namespace treewalk {
namespace {

using test::complaint;
using test::expect_says;
using test::parts_complaint;

TEST(RecipeErrors, NamesTheNearestKeyForAMisspeltOne) {
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

TEST(RecipeErrors, RefusesWrongTypes) {
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

TEST(RecipeErrors, RefusesBadClassTables) {
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
  expect_says(complaint([](Json& j) {
                for (int id = 3; id <= 128; ++id)
                  j["classes"].push_back({{"id", 70000 + id}, {"name", "c" + std::to_string(id)}});
              }),
              {"\"classes\"", "at most 127 classes, but names 128"});
}

TEST(RecipeErrors, RefusesBadCoarseLabels) {
  const auto with = [](const std::string& coarse, const std::function<void(Json&)>& change = {}) {
    return complaint([&](Json& j) {
      j["classes"].push_back({{"id", 3}, {"name", "wire"}, {"from", {"12"}}});
      j["coarse"] = parse_json(coarse, "coarse");
      if (change) change(j);
    });
  };
  EXPECT_EQ(with(R"({"13": ["table", "wire"]})"), "");
  expect_says(with(R"({"13": ["table", "wires"]})"), {"coarse: \"13\"", "\"wires\"", "did you mean \"wire\"?"});
  expect_says(with(R"({"13": ["wire", "wire"]})"), {"coarse: \"13\"", "\"wire\"", "twice"});
  expect_says(with(R"({"13": ["wire"]})"), {"coarse: \"13\" must name at least two classes", "\"from\""});
  expect_says(with(R"({"13": ["wire", "table", "object"]})"), {"coarse: \"13\" names all 3 classes", "\"ignore\""});
  expect_says(with(R"({"13": "wire"})"), {"coarse: \"13\" must be a list of texts, but is \"wire\""});
  expect_says(with(R"({"rest": ["wire", "table"]})"), {"coarse", "label ranges", "rest"});
  expect_says(with(R"({"-1": ["wire", "table"]})"), {"coarse", "label ranges", "-1"});
  expect_says(with(R"(["wire", "table"])"), {"coarse", "object"});
  expect_says(with(R"({"8": ["wire", "table"]})"), {"1-9 of class \"table\" and 8 of \"coarse\" overlap"});
  expect_says(with(R"({"0-0": ["wire", "table"]})"), {"\"coarse\"", "\"ignore\"", "overlap"});
  expect_says(with(R"({"13-15": ["wire", "table"], "14": ["wire", "object"]})"), {"13-15", "14", "overlap"});
  expect_says(with(R"({"13": ["wire", "table"], "013": ["wire", "object"]})"), {"13 of \"coarse\"", "overlap"});
  expect_says(complaint([](Json& j) { j["coares"] = Json::object(); }), {"did you mean \"coarse\"?"});
  expect_says(with("{}",
                   [](Json& j) {
                     for (int label = 100; label < 227; ++label) j["coarse"][std::to_string(label)] = {"wire", "table"};
                     j["classes"][1]["from"] = {"20-29"};
                   }),
              {"\"coarse\"", "at most 126 label ranges, but names 127"});
  expect_says(complaint([](Json& j) {
                j["task"] = "classification";
                j["classes"] = parse_json(R"([{"id": 1, "name": "bed"}, {"id": 2, "name": "sofa"},
                                              {"id": 3, "name": "desk"}])",
                                          "classes");
                j["coarse"] = {{"9", {"bed", "sofa"}}};
              }),
              {"\"coarse\"", "belongs to segmentation"});
}

TEST(RecipeErrors, ACoarseLabelOfPartsStaysWithinACategory) {
  const auto with = [](const std::vector<std::string>& names) {
    return parts_complaint([&](Json& j) {
      j["classes"].push_back({{"id", 4}, {"name", "engine"}, {"category", "plane"}});
      j["coarse"]["9"] = names;
    });
  };
  EXPECT_EQ(with({"wing", "engine"}), "");
  expect_says(with({"wing", "seat"}), {"\"9\"", "categories \"plane\" and \"chair\"", "name those of one"});
  expect_says(with({"wing", "tail", "engine"}), {"\"9\" names all 3 parts", "\"ignore\""});
}

TEST(RecipeErrors, RefusesNetworksThatCannotBeBuilt) {
  expect_says(complaint([](Json& j) { j["network"]["levels"] = 4; }), {"\"widths\"", "per level (4)", "has 5"});
  expect_says(complaint([](Json& j) { j["network"]["levels"] = 0; }), {"\"levels\"", "between 1 and 22"});
  expect_says(complaint([](Json& j) {
                j["network"].erase("levels");
                j["network"]["widths"] = std::vector<int>(23, 16);
              }),
              {"\"levels\"", "between 1 and 22", "23"});
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

TEST(RecipeErrors, RefusesBadTraining) {
  expect_says(complaint([](Json& j) { j["training"]["class_weights"] = {1}; }), {"class_weights", "(2)", "has 1"});
  expect_says(complaint([](Json& j) { j["training"]["class_weights"] = {1, 0}; }), {"class_weights", "above 0"});
  expect_says(complaint([](Json& j) {
                j["training"].update({{"batch", 4}, {"pieces", 5}});
              }),
              {"pieces", "at most \"batch\" (4)", "is 5"});
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

TEST(RecipeErrors, PartsNeedACategoryOrderAndPose) {
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

TEST(RecipeErrors, NormalisedCloudsHaveNoCellSizeAndOthersNoPose) {
  expect_says(parts_complaint([](Json& j) { j["network"]["cell_size"] = 0.1; }), {"\"cell_size\"", "\"normalise\""});
  expect_says(complaint([](Json& j) { j["network"]["points"] = 1000; }), {"\"points\"", "\"normalise\""});
  expect_says(complaint([](Json& j) { j["network"]["frame"] = "principal"; }), {"\"frame\"", "\"normalise\""});
  expect_says(parts_complaint([](Json& j) { j["network"]["normalise"] = "cube"; }), {"box", "sphere", "cube"});
  expect_says(parts_complaint([](Json& j) { j["network"]["frame"] = "main"; }), {"principal", "main"});
  expect_says(parts_complaint([](Json& j) { j["network"]["points"] = -1; }), {"\"points\"", "-1"});
}

TEST(RecipeErrors, RefusesClustersThatCannotBe) {
  for (const auto& [key, value] :
       {std::pair<const char*, Json>{"rounds", 2}, {"learned_levels", 1}, {"seeds", "octree"}})
    expect_says(complaint([&, name = key, &of = value](Json& j) { j["network"][name] = of; }),
                {key, "belongs to clusters", "\"hierarchy\""});
  expect_says(complaint([](Json& j) { j["network"]["assign_width"] = 8; }), {"\"assign_width\"", "learned"});
  expect_says(complaint([](Json& j) { j["network"]["attend_weight"] = true; }), {"\"attend_weight\"", "learned"});
  expect_says(complaint([](Json& j) { j["training"]["partition_weight"] = 1; }), {"\"partition_weight\"", "learned"});
  const auto learned = [](Json& j) -> Json& { return (j["network"]["hierarchy"] = "learned", j["network"]); };
  expect_says(complaint([&](Json& j) { learned(j)["attention"] = "grf"; }), {"\"grf\"", "needs \"family\""});
  expect_says(complaint([&](Json& j) { learned(j)["siblings"] = "tree"; }), {"\"siblings\"", "\"nearest\"", "learned"});
  const auto clusters = [](Json& j) -> Json& { return (j["network"]["hierarchy"] = "position", j["network"]); };
  expect_says(complaint([&](Json& j) { clusters(j)["rounds"] = 0; }), {"\"rounds\"", "0"});
  expect_says(complaint([&](Json& j) { clusters(j)["seeds"] = "random"; }), {"\"seeds\"", "octree", "random"});
  expect_says(complaint([&](Json& j) { clusters(j)["learned_levels"] = 7; }), {"\"learned_levels\"", "at most 4", "7"});
  expect_says(complaint([&](Json& j) {
                clusters(j)["levels"] = 1;
                j["network"]["widths"] = {16};
              }),
              {"\"hierarchy\"", "two levels"});
}

TEST(RecipeErrors, RefusesChoicesThatAreNone) {
  expect_says(complaint([](Json& j) { j["network"]["siblings"] = "near"; }), {"nearest", "tree", "near"});
  expect_says(complaint([](Json& j) { j["network"]["softmax"] = "split"; }), {"joint", "separate", "split"});
  expect_says(complaint([](Json& j) { j["network"]["position"] = "all"; }), {"query", "relation", "none", "all"});
  expect_says(complaint([](Json& j) { j["network"]["branching"] = 4; }), {"\"branching\"", "4"});
  expect_says(complaint([](Json& j) { j["network"]["point_attention"] = true; }), {"\"point_attention\"", "together"});
  expect_says(complaint([](Json& j) { j["network"]["blocks_on"] = "trees"; }), {"cells", "clusters", "trees"});
  expect_says(parts_complaint([](Json& j) { j["network"]["blocks_on"] = "clusters"; }), {"\"blocks_on\"", "up-down"});
  expect_says(complaint([](Json& j) {
                j["network"]["blocks_on"] = "clusters";
                j["network"]["levels"] = 1;
                j["network"]["widths"] = {16};
              }),
              {"\"blocks_on\"", "two levels"});
  expect_says(parts_complaint([](Json& j) {
                j["task"] = "classification";
                for (auto& c : j["classes"]) c.erase("category");
                j["network"]["point_attention"] = true;
              }),
              {"\"point_attention\"", "belongs to segmentation"});
  expect_says(complaint([](Json& j) { j["network"]["hierarchy"] = "tree"; }), {"octree", "position", "tree"});
  expect_says(complaint([](Json& j) { j["training"]["dropout"] = 1; }), {"\"dropout\"", "1"});
  expect_says(complaint([](Json& j) { j["training"]["temperature"] = 0; }), {"\"temperature\"", "0"});
  expect_says(complaint([](Json& j) { j["training"]["augment_before"] = 1; }), {"augment_before", "object"});
  expect_says(complaint([](Json& j) { j["training"]["augment_befor"] = Json::object(); }),
              {"did you mean \"augment_before\"?"});
}

TEST(RecipeErrors, RefusesPatternsThatWouldExhaustTheStack) {
  const std::string deep = std::string(60000, '(') + std::string(60000, ')');
  expect_says(complaint([&](Json& j) { j["training"]["balance"] = deep; }), {"balance", "120000"});
}

TEST(RecipeErrors, NameTheSectionThatAKeyBelongsTo) {
  expect_says(complaint([](Json& j) { j["network"]["epochs"] = 3; }),
              {"recipe: network", "\"epochs\"", "not known here", "belongs to \"training\""});
  expect_says(complaint([](Json& j) { j["learning_rate"] = 1; }), {"recipe: ", "belongs to \"training\""});
  expect_says(complaint([](Json& j) { j["network"]["hops"] = 3; }), {"belongs to \"network.walks\""});
  expect_says(complaint([](Json& j) { j["training"]["features"] = {"up"}; }), {"belongs to the recipe itself"});
  expect_says(complaint([](Json& j) { j["training"]["augment"]["sigma"] = 1; }), {"recipe: training: augment"});
  // Misspelt as well: the whole name of the right one.
  expect_says(complaint([](Json& j) { j["network"]["learning_rat"] = 1; }),
              {"did you mean \"training.learning_rate\"?"});
}

TEST(RecipeErrors, GuessNothingWhereNothingIsNear) {
  const std::string text = complaint([](Json& j) { j["network"]["quaternion_flux"] = 3; });
  expect_says(text, {"recipe: network: the key \"quaternion_flux\" is not known"});
  EXPECT_EQ(text.find("mean"), std::string::npos) << text;
  EXPECT_EQ(text.find("belongs"), std::string::npos) << text;
  const std::string feature = complaint([](Json& j) { j["features"] = {"quaternion_flux"}; });
  expect_says(feature, {"\"quaternion_flux\" is not known. There are", "\"offset\""});
}

TEST(RecipeErrors, ComeFromEveryKindOfKey) {
  expect_says(complaint([](Json& j) { j["network"]["standardise"] = 1; }), {"\"standardise\"", "true or false"});
  expect_says(complaint([](Json& j) { j["network"]["walks"] = 7; }), {"recipe: network: walks", "object"});
  expect_says(complaint([](Json& j) { j["network"]["walks"]["feature_map"] = "gelu"; }),
              {"feature_map", "favor", "gelu"});
  expect_says(complaint([](Json& j) { j["network"]["widths"][1] = 5000; }), {"between 4 and 4096", "one is 5000"});
  expect_says(complaint([](Json& j) { j["training"]["learning_rate"] = 11; }), {"between 0 and 10", "11"});
  expect_says(complaint([](Json& j) { j["training"]["epochs"] = 5000000000u; }), {"a whole number", "5000000000"});
  expect_says(complaint([](Json& j) {
                j["training"]["augment"] = {{"scale", "large"}};
              }),
              {"augment: scale", "\"range\"", "a list of numbers", "large"});
  expect_says(complaint([](Json& j) {
                j["training"]["augment"] = {{"slope", Json::array()}};
              }),
              {"augment: slope", "\"strength\"", "at least one strength"});
  expect_says(complaint([](Json& j) {
                j["training"]["augment"] = {{"mirror", {{"probability", 0.5}, {"axes", "xw"}}}};
              }),
              {"\"axes\"", "must name axes such as", "\"xw\""});
  expect_says(complaint([](Json& j) { j["training"]["loss_points"] = 0; }), {"between 1 and 1e9"});
  expect_says(complaint([](Json& j) {
                j["training"]["augment"] = {{"scale", {1.2, 0.8}}};
              }),
              {"recipe: training: augment: scale", "rising order", "[1.2,0.8]"});
  expect_says(complaint([](Json& j) {
                j["training"]["augment_before"] = {{"tilt", {{"sigm", 1}}}};
              }),
              {"recipe: training: augment_before: tilt", "did you mean \"sigma\"?"});
  expect_says(complaint([](Json& j) {
                j["training"]["augment"] = {{"limit", Json::object()}};
              }),
              {"\"points\" is missing"});
  expect_says(complaint([](Json& j) {
                j["training"]["augment"] = {{"vegetation", {{"class", "plant"}, {"ground", "table"}}}};
              }),
              {"vegetation", "\"class\"", "plant", "\"table\" or \"object\""});
  EXPECT_EQ(complaint([](Json& j) { j["$schema"] = "recipe.schema.json"; }), "");
}

}  // namespace
}  // namespace treewalk
