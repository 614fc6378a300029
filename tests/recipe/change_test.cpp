// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/change.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "tests/support/error_of.h"
#include "tests/support/good_recipe.h"

namespace treewalk {
namespace {

using test::expect_says;
using test::good;
using test::kGood;
using test::parts;

TEST(RecipeChanges, AreMadeBeforeItIsChecked) {
  const std::string file = ::testing::TempDir() + "treewalk_recipe_changes_test.json";
  std::ofstream(file) << parts();
  const Recipe recipe = read_recipe(
      file, {"network.siblings=tree", "network.levels=2", "network.widths=[32, 32]", "training.augment.jitter=0.01",
             "training.augment_before.tilt.sigma=0.1", "ignore=null", "unknown_id=77"});
  EXPECT_EQ(recipe.scene.siblings, "tree");
  EXPECT_EQ(recipe.scene.levels, 2);
  EXPECT_EQ(recipe.network.widths, (std::vector<int>{32, 32}));
  ASSERT_TRUE(recipe.training.augment.jitter.has_value());
  EXPECT_EQ(recipe.training.augment.jitter->sigma, (Interval{0, 0.01}));
  ASSERT_TRUE(recipe.training.augment_before.tilt.has_value());
  EXPECT_EQ(recipe.training.augment_before.tilt->sigma, 0.1);
  EXPECT_TRUE(recipe.ignore.empty());
  EXPECT_EQ(recipe.unknown_id, 77u);
  EXPECT_EQ(Json::parse(recipe.text)["network"]["siblings"], "tree") << "the model says how it was made";
  const auto complaint_of = [&](const std::string& change) { return error_of([&] { read_recipe(file, {change}); }); };
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

std::string complaint_of(const std::string& change) {
  return error_of([&] { parse_recipe(kGood, {change}); });
}

TEST(RecipeChanges, NameWhatWasMeant) {
  expect_says(complaint_of("network.epochs=5"),
              {"the change \"network.epochs=5\"", "\"epochs\" is not known here", "belongs to \"training\""});
  expect_says(complaint_of("epochs=5"), {"belongs to \"training\""});
  expect_says(complaint_of("trainig.epochs=5"), {"\"trainig\" is not known", "did you mean \"training\"?"});
  expect_says(complaint_of("training.epoch=5"), {"did you mean \"epochs\"?"});
  expect_says(complaint_of("network.learning_rat=5"), {"did you mean \"training.learning_rate\"?"});
  expect_says(complaint_of("training.augment.tild=0.1"), {"did you mean \"tilt\"?"});
  expect_says(complaint_of("training.augment.tilt.sigm=0.1"), {"did you mean \"sigma\"?"});
  expect_says(complaint_of("network.softmx=null"), {"did you mean \"softmax\"?"});
  EXPECT_EQ(complaint_of("training.quaternion_flux=1").find("mean"), std::string::npos);
  EXPECT_EQ(complaint_of("about.anything=what you like"), "");
  expect_says(complaint_of("about.anything=\xff\xfe"), {"the change \"about.anything=", "is not UTF-8"});
}

TEST(RecipeChanges, OfEachKindOfValue) {
  const Recipe recipe = parse_recipe(
      kGood, {"network.standardise=true", "network.attention=grf", "network.walks.hops=3", "training.epochs=7",
              "training.learning_rate=1e-3", "network.relations=[\"siblings\"]", "ignore=[\"0\", 17]",
              "training.class_weights=[2, 1]", "training.augment={\"tilt\": 0.3}", "about.licence=research"});
  EXPECT_TRUE(recipe.network.standardise);
  EXPECT_EQ(recipe.network.attention, std::vector<std::string>{"grf"});
  EXPECT_EQ(recipe.network.walks.walks.hops, 3);
  EXPECT_EQ(recipe.training.epochs, 7);
  EXPECT_EQ(recipe.training.learning_rate, 1e-3);
  EXPECT_FALSE(recipe.network.relations.children);
  EXPECT_EQ(recipe.class_of(17), -1);
  EXPECT_EQ(recipe.training.class_weights, (std::vector<double>{2, 1}));
  EXPECT_EQ(recipe.training.augment.tilt->sigma, 0.3);
  EXPECT_EQ(recipe.about.at("licence"), "research");
  expect_says(complaint_of("training.epochs=many"), {"\"epochs\"", "whole number", "many"});
  expect_says(complaint_of("training.epochs=0"), {"between 1 and 1000000"});
  expect_says(complaint_of("network.standardise=1"), {"true or false"});
  expect_says(complaint_of("training.augment=5"), {"object"});
  expect_says(complaint_of("network.siblings=near"), {"\"nearest\" or \"tree\"", "near"});
}

TEST(RecipeChanges, WriteAMainSettingOutWhereAnotherIsAdded) {
  const Recipe recipe = parse_recipe(kGood, {"training.augment.tilt=0.3", "training.augment.tilt.probability=0.5"});
  EXPECT_EQ(recipe.training.augment.tilt->sigma, 0.3);
  EXPECT_EQ(recipe.training.augment.tilt->probability, 0.5);
  EXPECT_EQ(Json::parse(recipe.text)["training"]["augment"]["tilt"], (Json{{"sigma", 0.3}, {"probability", 0.5}}));
}

}  // namespace
}  // namespace treewalk
