// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/trainer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "core/model/model_file.h"
#include "core/training/calibrate.h"
#include "core/training/data_loader.h"
#include "core/training/optimizer.h"
#include "tests/support/error_of.h"
#include "tests/support/small_scenes.h"
#include "tests/support/training_fixture.h"

namespace treewalk {
namespace {

Cloud read_table(const std::filesystem::path& file) { return test::small_table(test::seed_of(file)); }

class Trainer : public test::TrainingTest {
 protected:
  Trainer() : TrainingTest(test::small_recipe()) {
    for (int i = 1; i <= 4; ++i) test::touch(folder / ("data/train/t" + std::to_string(i) + ".pcd"));
    for (int i = 11; i <= 12; ++i) test::touch(folder / ("data/val/t" + std::to_string(i) + ".pcd"));
    options.data = folder_data(folder / "data", read_table);
  }
  Evaluation evaluated(const std::string& split) {
    EvaluationOptions how;
    how.data = options.data;
    how.split = split;
    return evaluate(load_model(options.output), how);
  }
};

TEST_F(Trainer, LearnsToTellBoxesFromTheTable) {
  auto recipe = test::small_recipe();
  recipe["training"]["epochs"] = 12;
  recipe["training"]["ema"] = 0.9;
  write_recipe(recipe);
  train(options);
  const auto figures = evaluated("val");
  EXPECT_GT(figures.mean_iou, 0.9);
  EXPECT_EQ(figures.clouds, 2);
  EXPECT_EQ(figures.points, 8000);
  EXPECT_EQ(figures.per_class[1].name, "box");
  EXPECT_FALSE(std::filesystem::exists(options.output.string() + ".checkpoint"));
}

TEST_F(Trainer, OneOddCloudDoesNotSpoilTheConfidencesOfAllOthers) {
  auto recipe = test::small_recipe();
  recipe["training"]["epochs"] = 6;
  recipe["training"]["ema"] = 0.9;
  write_recipe(recipe);
  train(options);
  const auto model = load_model(options.output);
  for (int i = 11; i <= 15; ++i) test::touch(folder / ("more/val/t" + std::to_string(i) + ".pcd"));
  const auto temperature = [&](bool odd, const std::string& only) {
    EvaluationOptions how;
    how.data = folder_data(folder / "more", [odd](const std::filesystem::path& file) {
      Cloud cloud = read_table(file);
      if (odd && test::seed_of(file) == 13) {  // tables are boxes here, and boxes tables
        std::vector<std::uint32_t> label(cloud.size());
        for (std::int64_t i = 0; i < cloud.size(); ++i) label[i] = 3 - cloud.view().value(i, cloud.view().at("label"));
        cloud.set_field("label", label);
      }
      return cloud;
    });
    how.split = "val";
    how.only = only;
    return calibrate(model, how).temperature;
  };
  std::vector<double> alone;
  for (const int i : {11, 12, 13, 14, 15}) alone.push_back(temperature(false, "^t" + std::to_string(i)));
  std::sort(alone.begin(), alone.end());
  EXPECT_EQ(temperature(false, ""), alone[2]) << "the median";
  EXPECT_NEAR(temperature(true, "t13"), 20, 0.02) << "always wrong: never sure";
  EXPECT_LE(temperature(true, ""), alone[3]);
  EXPECT_NEAR(temperature(false, "t1[12]") * temperature(false, "t1[12]"),
              temperature(false, "t11") * temperature(false, "t12"), 1e-9);
}

TEST_F(Trainer, LearnsToTellSpheresFromBoxes) {
  for (const char* name : {"sphere", "box"}) {
    for (int i = 1; i <= 8; ++i)
      test::touch(folder / ("shapes/train/" + std::string(name) + "/s" + std::to_string(i) + ".pcd"));
    for (int i = 21; i <= 24; ++i)
      test::touch(folder / ("shapes/test/" + std::string(name) + "/s" + std::to_string(i) + ".pcd"));
  }
  auto recipe = test::small_classification_recipe();
  recipe["training"]["epochs"] = 8;
  recipe["training"]["ema"] = 0.9;
  write_recipe(recipe);
  options.data = folder_data(folder / "shapes", test::read_shape);
  train(options);
  EvaluationOptions how;
  how.data = options.data;
  const auto figures = evaluate(load_model(options.output), how);
  EXPECT_EQ(figures.clouds, 8);
  EXPECT_EQ(figures.overall_accuracy, 1);
}

TEST_F(Trainer, GivesTheSameBitsForAnyThreadCountAndWhenRepeated) {
  options.threads = 1;
  const auto expected = trained(options);
  for (const int threads : {2, 4, 1}) {
    options.threads = threads;
    // Not EXPECT_EQ: it would print two models.
    EXPECT_TRUE(trained(options) == expected) << threads;
  }
}

TEST_F(Trainer, SeedsMatter) {
  const auto first = trained(options);
  options.seed = 5;
  EXPECT_FALSE(trained(options) == first);
}

TEST_F(Trainer, ResumesBitForBitAfterACancel) {
  const auto expected = trained(options);
  auto stopped = options;
  stopped.progress = [](const TrainingProgress& p) { return p.step != 7; };
  EXPECT_THROW(train(stopped), Cancelled);
  ASSERT_TRUE(std::filesystem::exists(options.output.string() + ".checkpoint"));
  std::int64_t first_step = 0;
  options.resume = true;
  options.progress = [&](const TrainingProgress& p) {
    if (p.step > 0 && first_step == 0) first_step = p.step;
    return true;
  };
  EXPECT_TRUE(trained(options) == expected);
  EXPECT_EQ(first_step, 8);
}

TEST_F(Trainer, StandardisesInputsByItsFirstStepsAndNeverAgain) {
  auto json = test::small_recipe();
  json["network"]["standardise"] = true;
  write_recipe(json);
  train(options);
  const auto recipe = parse_recipe(json);
  const Network network(recipe);
  const DataLoader load(recipe, network, list_data(*options.data, "train", recipe), options.data, recipe.training.seed);
  std::vector<Scene> scenes;
  for (int step = 0; step < 10; ++step) scenes.push_back(load(step).input.scene);
  at::Tensor flat;
  const auto expected = initial_weights(network.parameters(), 0, &flat);
  network.standardise(scenes, expected);
  const auto model = load_model(options.output);
  int found = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (network.parameters().all()[i].name.find(".input_") == std::string::npos) continue;
    EXPECT_TRUE(at::equal(model->weights[i], expected[i])) << network.parameters().all()[i].name;
    ++found;
  }
  EXPECT_EQ(found, 2 * (3 + 1));  // three levels and the points
}

TEST_F(Trainer, RefusesTheCheckpointOfAnotherTraining) {
  auto stopped = options;
  stopped.progress = [](const TrainingProgress& p) { return p.step != 3; };
  EXPECT_THROW(train(stopped), Cancelled);
  options.resume = true;
  options.seed = 9;
  EXPECT_THROW(train(options), Error);
}

TEST_F(Trainer, StartsFromAModelAndReplacesAHeadOfOtherClasses) {
  train(options);
  auto recipe = test::small_recipe();
  recipe["classes"].push_back({{"id", 11}, {"name", "cup"}, {"from", {"3"}}});
  write_recipe(recipe);
  auto tuned = options;
  tuned.init = options.output;
  tuned.output = folder / "tuned.treewalk";
  std::string said;
  tuned.progress = [&](const TrainingProgress& p) {
    said += p.message + "\n";
    return true;
  };
  train(tuned);
  EXPECT_NE(said.find("replaced"), std::string::npos) << said;
  EXPECT_NE(said.find("head.score.weight"), std::string::npos) << said;
  EXPECT_EQ(model_info(*load_model(tuned.output)).classes.size(), 3u);
}

TEST_F(Trainer, SkipsCloudsWithoutPointsAndSaysSo) {
  const auto none_in = [](const std::vector<std::uint64_t>& empty, bool nan) {
    return [empty, nan](const std::filesystem::path& file) {
      if (std::count(empty.begin(), empty.end(), test::seed_of(file)) == 0) return read_table(file);
      const float none = std::numeric_limits<float>::quiet_NaN();
      return nan ? test::labelled_cloud({none, none, none}, {1}) : test::labelled_cloud({}, {});
    };
  };
  std::vector<std::string> messages;
  options.progress = [&](const TrainingProgress& report) {
    if (report.message.find("skipped") != std::string::npos) messages.push_back(report.message);
    return true;
  };
  options.data = folder_data(folder / "data", none_in({2, 3}, true));
  const auto model = trained(options);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_NE(messages[0].find("t2.pcd: holds no point"), std::string::npos) << messages[0];
  EXPECT_NE(messages[1].find("t3.pcd: holds no point"), std::string::npos) << messages[1];
  options.threads = 1;
  options.data = folder_data(folder / "data", none_in({2, 3}, false));
  EXPECT_EQ(trained(options), model);
  options.data = folder_data(folder / "data", none_in({1, 2, 3, 4}, true));
  try {
    train(options);
    ADD_FAILURE() << "trained on nothing";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("none of the 4 training clouds has a point"), std::string::npos)
        << error.what();
  }
}

TEST_F(Trainer, ErrorsAreSentences) {
  const auto complaint = [&](const TrainingOptions& how) { return error_of([&] { train(how); }); };
  auto broken = options;
  broken.recipe = folder / "absent.json";
  EXPECT_NE(complaint(broken).find("absent.json"), std::string::npos);
  broken = options;
  broken.data = folder_data(folder / "absent", read_table);
  EXPECT_NE(complaint(broken).find("absent"), std::string::npos);
  broken = options;
  broken.device = "cuda";
  EXPECT_NE(complaint(broken).find("cuda"), std::string::npos);
  broken = options;
  broken.data =
      folder_data(folder / "data", [](const std::filesystem::path&) -> Cloud { throw Error("cannot be read"); });
  EXPECT_NE(complaint(broken).find("cannot be read"), std::string::npos);
  broken.data = nullptr;
  EXPECT_NE(complaint(broken).find("needs data"), std::string::npos);
  broken = options;
  broken.notes = {"licence=none", "nonsense"};
  broken.progress = [](const TrainingProgress&) -> bool { throw Error("a note is looked at before the training"); };
  EXPECT_EQ(complaint(broken), "a note must look like key=value, but is \"nonsense\"");
  broken = options;
  broken.precision = "float16";
  EXPECT_NE(complaint(broken).find("\"float16\"; known are float32 and bfloat16"), std::string::npos);
  broken.precision = "bfloat16";
  EXPECT_NE(complaint(broken).find("bfloat16 is for training on a GPU"), std::string::npos);
  broken = options;
  broken.epochs = 0;
  EXPECT_NE(complaint(broken).find("at least 1, but is 0"), std::string::npos);
  broken = options;
  broken.init = folder / "recipe.json";
  EXPECT_NE(complaint(broken).find("recipe.json"), std::string::npos);
  auto recipe = test::small_recipe();
  recipe["training"]["augment"]["tilr"] = 1;
  write_recipe(recipe);
  EXPECT_NE(complaint(options).find("\"tilt\""), std::string::npos) << complaint(options);
}

TEST(Optimizer, FirstStepIsTheLearningRateTimesTheSign) {
  ParameterTable table;
  table.add({"a", {3}, Init::zero, 0, false});
  TrainingSpec spec;
  spec.warmup = 0;
  spec.learning_rate = 0.1;
  spec.clip = 1e9;
  auto w = at::zeros({3});
  Optimizer optimizer(table, spec, 10, w);
  optimizer.update({at::tensor({2.0f, -3.0f, 0.0f})});
  EXPECT_NEAR(w[0].item<float>(), -0.1, 1e-6);
  EXPECT_NEAR(w[1].item<float>(), 0.1, 1e-6);
  EXPECT_EQ(w[2].item<float>(), 0);
}

TEST(Optimizer, ClipsTheNormAndDecaysOnlyWhatItShould) {
  ParameterTable table;
  table.add({"matrix", {1}, Init::zero, 0, true});
  table.add({"bias", {1}, Init::zero, 0, false});
  TrainingSpec spec;
  spec.warmup = 0;
  spec.learning_rate = 0.1;
  spec.weight_decay = 0.5;
  auto w = at::ones({2});
  Optimizer optimizer(table, spec, 10, w);
  EXPECT_EQ(optimizer.update({at::Tensor(), at::Tensor()}).item<double>(), 0);
  EXPECT_NEAR(w[0].item<float>(), 0.95, 1e-6);
  EXPECT_EQ(w[1].item<float>(), 1);
}

}  // namespace
}  // namespace treewalk
