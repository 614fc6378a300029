// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What a training or an evaluation says of data that cannot teach or measure what was asked.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/model/model_file.h"
#include "tests/support/small_scenes.h"
#include "tests/support/training_fixture.h"

namespace treewalk {
namespace {

class TrainerWarnings : public test::TrainingTest {
 protected:
  TrainerWarnings() : TrainingTest(test::small_recipe()) {
    for (int i = 1; i <= 3; ++i) test::touch(folder / ("data/train/t" + std::to_string(i) + ".pcd"));
    options.progress = [this](const TrainingProgress& p) {
      if (!p.message.empty()) said += p.message + "\n";
      return true;
    };
    use([](Cloud& cloud) { cloud.set_field("intensity", std::vector<float>(cloud.size(), 3)); });
  }
  /// Trains on tables that are changed so.
  void use(const std::function<void(Cloud&)>& change) {
    options.data = folder_data(folder / "data", [change](const std::filesystem::path& file) {
      Cloud cloud = test::small_table(test::seed_of(file));
      change(cloud);
      return cloud;
    });
  }
  void use_label(std::uint32_t label) {
    use([label](Cloud& cloud) { cloud.set_field("label", std::vector<std::uint32_t>(cloud.size(), label)); });
  }
  /// The error's sentence, or what the training said.
  std::string outcome() {
    said.clear();
    try {
      train(options);
    } catch (const Error& error) {
      return "error: " + std::string(error.what());
    }
    return said;
  }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

  std::string said;
};

TEST_F(TrainerWarnings, GoodDataGetNone) {
  auto recipe = test::small_recipe();
  recipe["training"]["epochs"] = 6;
  write_recipe(recipe);
  EXPECT_FALSE(has(outcome(), "warning")) << said;
}

TEST_F(TrainerWarnings, AFeatureImpliesItsField) {
  auto recipe = test::small_recipe();
  recipe["features"].push_back("intensity");
  write_recipe(recipe);
  outcome();
  const auto model = load_model(options.output);
  EXPECT_EQ(model->recipe.optional_fields, std::vector<std::string>{"intensity"});
  EXPECT_TRUE(model->recipe.required_fields.empty());
  // The network has learned from it: other intensities give other labels than none.
  const Session session(model);
  Cloud plain = test::small_table(1), bright = plain;
  bright.set_field("intensity", std::vector<float>(bright.size(), -7));
  EXPECT_NE(session.segment(plain.view()).confidence, session.segment(bright.view()).confidence);
  EXPECT_EQ(session.segment(plain.view()).warnings.size(), 1u);
  EXPECT_TRUE(session.segment(bright.view()).warnings.empty());
}

// What was trained without a field, by an earlier version, does not see it now.
TEST_F(TrainerWarnings, AModelKeepsTheFieldsThatItWasTrainedWith) {
  auto recipe = test::small_recipe();
  recipe["features"].push_back("rgb");
  EXPECT_TRUE(parse_recipe(recipe).optional_fields.empty());
  recipe["fields"]["required"] = {"rgb"};
  write_recipe(recipe);
  EXPECT_TRUE(has(outcome(), "requires")) << said;  // and nothing is made optional that is needed
}

TEST_F(TrainerWarnings, AFieldThatNoCloudHasIsAnError) {
  auto recipe = test::small_recipe();
  recipe["features"].push_back("rgb");
  write_recipe(recipe);
  const auto text = outcome();
  EXPECT_TRUE(has(text, "error: none of the 3 training clouds has a field \"rgb\"")) << text;
  // One of them is enough.
  use([](Cloud& cloud) {
    if (cloud.data[0] == test::small_table(3).data[0]) cloud.set_field("rgb", std::vector<float>(cloud.size(), 0));
  });
  EXPECT_FALSE(has(outcome(), "error")) << said;
}

TEST_F(TrainerWarnings, NoLabelledPointIsAnError) {
  use_label(0);  // which the recipe ignores
  const auto text = outcome();
  EXPECT_TRUE(has(text, "error: none of the 3 training clouds has a point of a class")) << text;
  EXPECT_TRUE(has(text, "ignore")) << text;
}

TEST_F(TrainerWarnings, AClassThatNoCloudHasIsAWarning) {
  use_label(1);
  const auto text = outcome();
  EXPECT_TRUE(has(text, "warning: no point of the 3 clouds that were read is of class \"box\"")) << text;
  EXPECT_FALSE(has(text, "class \"table\"")) << text;
}

TEST_F(TrainerWarnings, ALossThatEndsAboveItsStartIsAWarning) {
  auto recipe = test::small_recipe();
  recipe["training"]["learning_rate"] = 1;
  recipe["training"]["warmup"] = 1;
  recipe["training"]["final_rate"] = 1;
  recipe["training"]["clip"] = 1e6;
  write_recipe(recipe);
  const auto text = outcome();
  EXPECT_TRUE(has(text, "warning: the loss ended at")) << text;
}

TEST_F(TrainerWarnings, NothingToMeasureIsAnError) {
  train(options);
  use_label(0);
  EvaluationOptions how;
  how.data = options.data;
  how.split = "train";
  try {
    evaluate(load_model(options.output), how);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_TRUE(has(error.what(), "split \"train\": none of its 3 clouds has a point of a class")) << error.what();
  }
}

}  // namespace
}  // namespace treewalk
