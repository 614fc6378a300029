// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Training of models of parts: training, calibration, figures.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/model/model_file.h"
#include "core/training/calibrate.h"
#include "core/training/dataset.h"
#include "tests/support/small_scenes.h"
#include "tests/support/training_fixture.h"

namespace treewalk {
namespace {

using test::Objects;

/// Trains small models of parts on made-up objects.
class PartsTrainer : public test::TrainingTest {
 protected:
  PartsTrainer() : TrainingTest(test::small_parts_recipe()) { options.data = std::make_shared<Objects>(6, 3); }
};

/// Mean -log p(truth) of the labelled points with their category given, and of the categories.
std::pair<double, double> log_loss(const std::shared_ptr<const Model>& model, const Objects& data) {
  RunOptions run;
  run.probabilities = true;
  const Session session(model, run);
  double points = 0, count = 0, categories = 0, clouds = 0;
  for (const auto& item : list_data(data, "test", model->recipe)) {
    const auto cloud = data.read(item);
    const auto& name = model->recipe.categories[item.cloud_label];
    const auto result = session.segment(cloud.view(), name), found = session.segment(cloud.view());
    const auto truth = class_of_points(cloud.view(), model->recipe);
    for (std::size_t i = 0; i < truth.size(); ++i) {
      if (truth[i] < 0) continue;
      points -= std::log(std::max(1e-30, double(result.probability[4 * i + truth[i]])));
      ++count;
    }
    for (const auto& score : found.categories)
      if (score.name == name) categories -= std::log(double(score.probability));
    ++clouds;
  }
  return {points / count, categories / clouds};
}

std::shared_ptr<const Model> with_temperatures(const Model& model, double temperature, double category_temperature) {
  auto copy = std::make_shared<Model>(model);
  copy->info.temperature = temperature;
  copy->info.category_temperature = category_temperature;
  return copy;
}

TEST_F(PartsTrainer, LearnsKindsAndPartsAndReportsThem) {
  auto recipe = test::small_parts_recipe();
  recipe["training"]["epochs"] = 16;
  recipe["training"]["ema"] = 0.9;
  recipe["training"]["learning_rate"] = 0.006;
  write_recipe(recipe);
  train(options);
  const auto model = load_model(options.output);
  EvaluationOptions how;
  how.data = options.data;
  const auto figures = evaluate(model, how);
  ASSERT_TRUE(figures.parts.has_value());
  EXPECT_EQ(figures.clouds, 9);
  EXPECT_EQ(figures.parts->category_accuracy, 1);
  EXPECT_GT(figures.overall_accuracy, 0.93);
  EXPECT_GT(figures.parts->overall_accuracy_given_class, 0.93);
  EXPECT_GT(figures.parts->instance_mean_iou, 0.85);
  EXPECT_LT(figures.expected_calibration_error, 0.2);

  // Objects that are taken one at a time give the same figures.
  for (const int threads : {1, 3}) {
    how.run.threads = threads;
    const auto again = evaluate(model, how);
    EXPECT_EQ(again.confusion, figures.confusion);
    EXPECT_EQ(again.expected_calibration_error, figures.expected_calibration_error);
    EXPECT_EQ(again.parts->instance_mean_iou_given_class, figures.parts->instance_mean_iou_given_class);
  }

  // The same figures from sessions, shape by shape.
  const Session session(model);
  const Objects objects(6, 3);
  std::map<std::string, std::vector<double>> iou, iou_given;
  double right = 0, counted = 0;
  for (const auto& entry : objects.list("test")) {
    const auto cloud = objects.read(entry);
    const std::string kind = entry.name.substr(0, 5);
    const auto mean_iou = [&](const Segmentation& result, bool count) {
      const int first = kind == "house" ? 0 : 2;
      double sum = 0;
      for (int part = first; part < first + 2; ++part) {
        double both = 0, either = 0;
        for (std::size_t i = 0; i < result.label.size(); ++i) {
          const int truth = static_cast<int>(cloud.view().value(i, *cloud.view().find("label"))) - 1;
          if (truth < 0) continue;
          const int label = static_cast<int>(result.label[i]) - 3;
          both += truth == part && label == part;
          either += truth == part || label == part;
          if (count && part == first) right += truth == label, ++counted;
        }
        sum += either > 0 ? both / either : 1;
      }
      return sum / 2;
    };
    iou[kind].push_back(mean_iou(session.segment(cloud.view()), false));
    iou_given[kind].push_back(mean_iou(session.segment(cloud.view(), kind), true));
  }
  const auto mean = [](const std::vector<double>& x) {
    double sum = 0;
    for (const double v : x) sum += v / static_cast<double>(x.size());
    return sum;
  };
  const auto instance = [&](auto& of) { return (6 * mean(of["house"]) + 3 * mean(of["lolly"])) / 9; };
  const auto category = [&](auto& of) { return (mean(of["house"]) + mean(of["lolly"])) / 2; };
  EXPECT_NEAR(figures.parts->instance_mean_iou, instance(iou), 1e-9);
  EXPECT_NEAR(figures.parts->category_mean_iou, category(iou), 1e-9);
  EXPECT_NEAR(figures.parts->instance_mean_iou_given_class, instance(iou_given), 1e-9);
  EXPECT_NEAR(figures.parts->category_mean_iou_given_class, category(iou_given), 1e-9);
  EXPECT_NEAR(figures.parts->overall_accuracy_given_class, right / counted, 1e-9);
  EXPECT_EQ(figures.points, static_cast<std::int64_t>(counted));

  // Calibration finds the temperatures of the least log loss, whatever the model had before.
  how.split = "test";
  const auto found = calibrate(model, how), again = calibrate(with_temperatures(*model, 3, 0.2), how);
  EXPECT_EQ(found.temperature, again.temperature);
  EXPECT_EQ(found.category_temperature, again.category_temperature);
  const auto loss = [&](double t, double c) { return log_loss(with_temperatures(*model, t, c), objects); };
  const auto best = loss(found.temperature, found.category_temperature);
  for (const double factor : {0.9, 1.1})
    EXPECT_LE(best.first, loss(found.temperature * factor, 1).first + 1e-7) << factor;
  const auto before = loss(1, 1);
  EXPECT_LE(best.first, before.first + 1e-7);
  EXPECT_LE(best.second, before.second + 1e-7);
  const Json note = Json::parse(found.note);
  EXPECT_EQ(note["split"], "test");
  EXPECT_EQ(note["clouds"], 9);
  for (const char* key : {"error_before", "error_after", "category_error_before", "category_error_after"})
    EXPECT_TRUE(note.contains(key)) << key;
}

TEST_F(PartsTrainer, GivesTheSameBitsForAnyThreadCount) {
  options.threads = 1;
  const auto expected = trained(options);
  options.threads = 4;
  EXPECT_TRUE(trained(options) == expected);
}

TEST_F(PartsTrainer, ResumesBitForBitAfterACancel) {
  const auto expected = trained(options);
  auto stopped = options;
  stopped.progress = [](const TrainingProgress& p) { return p.step != 6; };
  EXPECT_THROW(train(stopped), Cancelled);
  options.resume = true;
  EXPECT_TRUE(trained(options) == expected);
}

/// The objects' test split under the name that training looks for.
class WithVal : public Objects {
 public:
  WithVal() : Objects(2, 2) {}
  std::vector<std::string> splits() const override { return {"train", "val"}; }
};

TEST_F(PartsTrainer, AModelIsCalibratedOnVal) {
  options.data = std::make_shared<WithVal>();
  train(options);
  const auto model = load_model(options.output);
  const auto& info = model_info(*model);
  const auto note = Json::parse(info.calibration), card = Json::parse(info.training_card);
  EXPECT_EQ(note["split"], "val");
  EXPECT_EQ(note["clouds"], 4);
  EXPECT_TRUE(card["accuracy"].contains("overall_accuracy_given_class")) << card;
  EvaluationOptions how;
  how.data = options.data;
  how.split = "val";
  const auto again = calibrate(model, how);
  EXPECT_EQ(info.temperature, again.temperature);
  EXPECT_EQ(info.category_temperature, again.category_temperature);
}

TEST_F(PartsTrainer, WithoutValTheRecipeSaysTheTemperatures) {
  auto recipe = test::small_parts_recipe();
  recipe["training"]["epochs"] = 1;
  recipe["training"]["temperature"] = 1.25;
  recipe["training"]["category_temperature"] = 0.5;
  write_recipe(recipe);
  train(options);
  const auto model = load_model(options.output);
  const auto& info = model_info(*model);
  EXPECT_EQ(info.temperature, 1.25);
  EXPECT_EQ(info.category_temperature, 0.5);
}

TEST_F(PartsTrainer, ErrorsNameTheChainTheyAreIn) {
  for (const std::string key : {"augment", "augment_before"}) {
    auto recipe = test::small_parts_recipe();
    recipe["training"][key] = Json{{"trun", 1}};
    write_recipe(recipe);
    try {
      train(options);
      FAIL();
    } catch (const Error& error) {
      for (const auto& part : {"training: " + key + ":", std::string("did you mean \"turn\"?")})
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

TEST_F(PartsTrainer, FoldersAreTheCategories) {
  class Unknown : public Objects {
   public:
    Unknown() : Objects(1, 1) {}
    std::vector<DataEntry> list(const std::string&) const override { return {{"hous/a", "hous/a.pcd"}}; }
  };
  options.data = std::make_shared<Unknown>();
  try {
    train(options);
    FAIL();
  } catch (const Error& error) {
    for (const char* part : {"no category \"hous\"", "did you mean \"house\"?", "\"lolly\""})
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace treewalk
