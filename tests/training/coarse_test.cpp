// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Labels that leave the choice among several classes: what a training makes of them.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/model/model_file.h"
#include "core/training/data_loader.h"
#include "tests/support/training_fixture.h"

namespace treewalk {
namespace {

constexpr std::uint32_t kTable = 1, kLow = 2, kTall = 3, kTableOrTall = 5, kLowOrTall = 6;

/// A noisy table with two low boxes and two tall ones. exact: they have their labels; else a point of a tall box is
/// said to be of the table or of a tall box, or of a box of either kind.
Cloud boxes(std::uint64_t seed, bool exact) {
  std::mt19937_64 random(seed);
  const auto uniform = [&](double low, double high) { return low + (high - low) * (random() >> 11) * 0x1p-53; };
  struct Box {
    double x, y, height;
  };
  std::vector<Box> boxes;
  for (const double corner : {0.2, 0.6})
    for (const double other : {0.2, 0.6})
      boxes.push_back({corner + uniform(-0.05, 0.05), other + uniform(-0.05, 0.05),
                       (corner == other) == (seed % 2 == 0) ? 0.04 : 0.14});
  std::vector<float> xyz;
  std::vector<std::uint32_t> label;
  for (int i = 0; i < 4000; ++i) {
    const double x = uniform(0, 0.8), y = uniform(0, 0.8);
    double height = 0;
    for (const auto& box : boxes)
      if (std::max(std::abs(x - box.x), std::abs(y - box.y)) < 0.07) height = box.height;
    const auto own = height == 0 ? kTable : height < 0.1 ? kLow : kTall;
    label.push_back(exact || own != kTall ? own : i % 2 == 0 ? kTableOrTall : kLowOrTall);
    xyz.insert(xyz.end(), {float(x - 0.4), float(y - 0.4), float(1 - height + uniform(-0.002, 0.002))});
  }
  return test::labelled_cloud(xyz, label);
}

Json three_classes() {
  auto json = test::small_recipe();
  json["classes"] = Json::parse(R"([{"id": 1, "name": "table"}, {"id": 2, "name": "low"}, {"id": 3, "name": "tall"}])");
  json["training"]["epochs"] = 15;
  json["training"]["learning_rate"] = 0.01;
  json["training"]["ema"] = 0.9;
  return json;
}

Json with_coarse(Json json) {
  json["coarse"] = Json::parse(R"({"5": ["table", "tall"], "6": ["low", "tall"]})");
  return json;
}

Json with_coarse_ignored(Json json) {
  json["ignore"] = {"0", "5", "6"};
  return json;
}

class Coarse : public test::TrainingTest {
 protected:
  Coarse() : TrainingTest(with_coarse(three_classes())) {
    for (int i = 1; i <= 4; ++i) test::touch(folder / ("data/train/t" + std::to_string(i) + ".pcd"));
    for (int i = 11; i <= 12; ++i) test::touch(folder / ("data/test/t" + std::to_string(i) + ".pcd"));
    options.data = folder_data(folder / "data", read);
    options.progress = [this](const TrainingProgress& p) {
      if (!p.message.empty()) said += p.message + "\n";
      return true;
    };
  }
  /// Of training clouds no point is said to be of a tall box; those of the test have their labels.
  static Cloud read(const std::filesystem::path& file) {
    return boxes(test::seed_of(file), file.parent_path().filename() == "test");
  }
  Evaluation trained_and_measured(const Json& recipe, const std::string& split = "test") {
    write_recipe(recipe);
    train(options);
    return measured(split);
  }
  Evaluation measured(const std::string& split) {
    EvaluationOptions how;
    how.data = options.data;
    how.split = split;
    return evaluate(load_model(options.output), how);
  }
  Batch batch(const Json& json) {
    const auto recipe = parse_recipe(json);
    const Network network(recipe);
    return DataLoader(recipe, network, list_data(*options.data, "train", recipe), options.data, 1)(0);
  }
  bool has_said(const std::string& part) const { return said.find(part) != std::string::npos; }

  std::string said;
};

TEST_F(Coarse, TwoLabelsTellAClassThatNoPointIsLabelledAs) {
  const auto without = trained_and_measured(with_coarse_ignored(three_classes()));
  EXPECT_EQ(without.per_class[2].accuracy, 0) << "it was never seen";
  const auto figures = trained_and_measured(with_coarse(three_classes()));
  EXPECT_FALSE(figures.coarse.has_value());
  EXPECT_GT(figures.per_class[2].accuracy, 0.9);
  EXPECT_GT(figures.mean_iou, 0.9);
  EXPECT_GT(figures.mean_iou, without.mean_iou + 0.3);
  EXPECT_TRUE(has_said("is of class \"tall\" but by coarse labels")) << said;
}

TEST_F(Coarse, TheModelSaysHowManyPointsThereWereAndKeepsTheirMeaning) {
  auto recipe = with_coarse(three_classes());
  recipe["training"]["epochs"] = 1;
  recipe["training"]["label_smoothing"] = 0.1;
  recipe["training"]["class_weights"] = {1, 2, 3};
  for (const int i : {21, 22}) test::touch(folder / ("data/val/t" + std::to_string(i) + ".pcd"));
  const auto figures = trained_and_measured(recipe, "train");
  const auto card = Json::parse(load_model(options.output)->info.training_card);
  std::int64_t coarse = 0;
  for (int i = 1; i <= 4; ++i) {
    const auto cloud = boxes(i, false);
    const auto view = cloud.view();
    for (std::int64_t p = 0; p < view.size; ++p) coarse += view.value(p, view.at("label", "")) >= kTableOrTall;
  }
  EXPECT_EQ(card.at("coarse_points"), coarse);
  ASSERT_TRUE(figures.coarse.has_value());
  EXPECT_EQ(figures.coarse->points, coarse);
  EXPECT_EQ(figures.points, 16000 - coarse);
  EXPECT_EQ(figures.per_class[2].points, 0);
  EXPECT_EQ(card.at("coarse").at("split"), "val");
  EXPECT_GT(card.at("coarse").at("points"), 0);
  EXPECT_EQ(card.at("accuracy").at("clouds"), 2);
}

// To the bit: weights, and all that the model file says but its recipe.
TEST_F(Coarse, LabelsThatDoNotOccurChangeNothing) {
  const auto all_exact = [](const std::filesystem::path& file) { return boxes(test::seed_of(file), true); };
  options.data = folder_data(folder / "data", all_exact);
  auto recipe = three_classes();
  recipe["training"]["epochs"] = 2;
  const auto expected = trained_and_measured(recipe);
  const auto plain = load_model(options.output);
  const auto found = trained_and_measured(with_coarse(recipe));
  EXPECT_TRUE(at::equal(load_model(options.output)->flat, plain->flat));
  EXPECT_EQ(found.confusion, expected.confusion);
  EXPECT_FALSE(found.coarse.has_value());
}

TEST_F(Coarse, PointsEnterTheLossAsOthersDo) {
  auto json = with_coarse(three_classes());
  json["training"]["augment"] = Json::object();
  json["training"]["loss_points"] = 100000;
  const auto all = batch(json);
  EXPECT_EQ(all.target.sizes(), at::IntArrayRef({4000, 5})) << "each point has a label";
  const auto coarse = all.target.narrow(1, 3, 2).sum().item<double>();
  EXPECT_GT(coarse, 100);
  EXPECT_EQ(all.target.narrow(1, 2, 1).sum().item<double>(), 0) << "and none is of a tall box";
  for (const auto& level : all.cell_target) EXPECT_TRUE(at::allclose(level.sum(1), at::ones({level.size(0)})));
  EXPECT_EQ(all.coarse.rows(), 2);
  json["training"]["loss_points"] = 1000;
  const auto some = batch(json);
  ASSERT_EQ(some.target.sizes(), at::IntArrayRef({1000, 5}));
  EXPECT_NEAR(some.target.narrow(1, 3, 2).sum().item<double>() / 1000, coarse / 4000, 0.03) << "drawn alike";
  const auto ignored = batch(with_coarse_ignored(three_classes()));
  EXPECT_FALSE(ignored.coarse.offset.defined());
}

TEST_F(Coarse, DataOfCoarseLabelsAloneCanTeachAndBeMeasured) {
  const auto none_exact = [](const std::filesystem::path& file) {
    auto cloud = boxes(test::seed_of(file), true);
    std::vector<std::uint32_t> label(cloud.size(), kLowOrTall);
    cloud.set_field("label", label);
    return cloud;
  };
  options.data = folder_data(folder / "data", none_exact);
  test::touch(folder / "data/val/t30.pcd");
  auto recipe = with_coarse(three_classes());
  recipe["training"]["epochs"] = 4;
  const auto figures = trained_and_measured(recipe);
  EXPECT_EQ(figures.points, 0);
  ASSERT_TRUE(figures.coarse.has_value());
  EXPECT_EQ(figures.coarse->points, 8000);
  EXPECT_GT(figures.coarse->accuracy, 0.99);
  EXPECT_TRUE(has_said("is of class \"table\"; the model has not learned it")) << said;
  EXPECT_TRUE(has_said("is of class \"low\" but by coarse labels")) << said;
  const auto card = Json::parse(load_model(options.output)->info.training_card);
  EXPECT_FALSE(card.contains("accuracy"));
  EXPECT_GT(card.at("coarse").at("accuracy"), 0.99);
}

}  // namespace
}  // namespace treewalk
