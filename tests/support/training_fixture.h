// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/recipe/strict_json.h"
#include "tests/support/small_scenes.h"
#include "treewalk/trainer.h"

namespace treewalk::test {

/// Clouds that are made from their names: the number in a name is the seed, and of shapes the folder says which.
inline std::uint64_t seed_of(const std::filesystem::path& file) { return std::stoul(file.stem().string().substr(1)); }
inline Cloud read_shape(const std::filesystem::path& file) {
  return small_shape(file.parent_path().filename() == "sphere", seed_of(file));
}

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

/// Made-up objects: in each split so many of either kind, each from a seed of its own.
class Objects : public DataSet {
 public:
  Objects(int houses, int lollies) {
    for (int split = 0; split < 2; ++split) {
      auto& entries = split == 0 ? train_ : test_;
      for (int i = 0; i < houses; ++i) entries.push_back({"house/h" + std::to_string(100 * split + i), "made up", i});
      for (int i = 0; i < lollies; ++i) entries.push_back({"lolly/l" + std::to_string(100 * split + i), "made up", i});
    }
  }
  std::string name() const override { return "objects"; }
  std::vector<std::string> splits() const override { return {"train", "test"}; }
  std::vector<DataEntry> list(const std::string& split) const override { return split == "train" ? train_ : test_; }
  Cloud read(const DataEntry& entry) const override {
    const bool lolly = entry.name[0] == 'l';
    return test::small_object(lolly, std::stoul(entry.name.substr(7)) + (lolly ? 1000 : 0));
  }

 private:
  std::vector<DataEntry> train_, test_;
};

}  // namespace treewalk::test
