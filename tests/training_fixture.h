// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "core/model/strict_json.h"
#include "tests/small_scenes.h"
#include "treewalk/trainer.h"

namespace treewalk::test {

/// A training in a folder of its own; a test says on which data.
class TrainingTest : public ::testing::Test {
 protected:
  explicit TrainingTest(const Json& recipe) {
    write_recipe(recipe);
    options.recipe = folder / "recipe.json";
    options.output = folder / "out.treewalk";
    options.threads = 2;
  }
  void write_recipe(const Json& json) { std::ofstream(folder / "recipe.json") << json; }
  /// Trains, and gives the model file's bytes.
  std::string trained(const TrainingOptions& how) {
    train(how);
    return content(how.output);
  }

  TemporaryFolder folder;
  TrainingOptions options;
};

}  // namespace treewalk::test
