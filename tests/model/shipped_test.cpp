// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/shipped.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/support/error_of.h"
#include "tests/support/small_scenes.h"
#include "treewalk/cloud.h"

namespace treewalk {
namespace {

class Shipped : public testing::Test {
 protected:
  Shipped() {
    for (const char* file :
         {"one/lake.treewalk", "two/lake.treewalk", "two/hill.treewalk", "two/hill.json", "two/a.txt"})
      test::touch(folder / file);
    setenv("TREEWALK_MODELS", ((folder / "one").string() + ":" + (folder / "two").string()).c_str(), 1);
    setenv("TREEWALK_RECIPES", (folder / "two").c_str(), 1);
  }
  ~Shipped() override {
    unsetenv("TREEWALK_MODELS");
    unsetenv("TREEWALK_RECIPES");
  }
  test::TemporaryFolder folder;
};

TEST_F(Shipped, FilesByNameAndTheFirstFolderWins) {
  const auto models = shipped_models(), recipes = shipped_recipes();
  EXPECT_EQ(models.size(), 2u);
  EXPECT_EQ(models.at("lake"), folder / "one/lake.treewalk");
  EXPECT_EQ(models.at("hill"), folder / "two/hill.treewalk");
  EXPECT_EQ(recipes.size(), 1u);
  EXPECT_EQ(find_recipe("hill"), folder / "two/hill.json");
}

TEST_F(Shipped, AFileGoesBeforeAName) {
  EXPECT_EQ(find_model("lake"), folder / "one/lake.treewalk");
  const auto own = folder / "own.treewalk";
  test::touch(own);
  EXPECT_EQ(find_model(own.string()), own);
}

TEST_F(Shipped, WhatIsNotThereIsASentenceThatListsWhatIs) {
  const auto complaint = [](const std::string& name) { return error_of([&] { find_model(name); }); };
  EXPECT_EQ(complaint("sea\n"), "there is no model 'sea': neither a file nor a shipped model (shipped: hill, lake)");
  EXPECT_EQ(complaint((folder / "one").string()).find("there is no model"), 0u) << "a folder is no model";
  setenv("TREEWALK_MODELS", "/nowhere::", 1);
  EXPECT_EQ(complaint(""), "there is no model '': neither a file nor a shipped model (none is installed)");
}

}  // namespace
}  // namespace treewalk
