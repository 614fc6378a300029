// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Figures of an evaluation: from labels made by hand, and what happens when a model cannot see a cloud.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "core/training/evaluation_counts.h"
#include "core/training/label_meaning.h"
#include "tests/support/error_of.h"
#include "tests/support/small_networks.h"
#include "tests/support/training_fixture.h"

namespace treewalk {
namespace {

Evaluation written(const EvaluationCounts& counts) {
  Evaluation evaluation;
  counts.write(evaluation);
  return evaluation;
}

/// Four points of classes 0 0 1 1 (labels 1 1 2 2) and one that the recipe ignores.
CloudResult table_result(const std::vector<std::uint32_t>& found, const std::vector<float>& confidence) {
  CloudResult result;
  result.item.name = "t";
  result.cloud = test::labelled_cloud(std::vector<float>(15, 0), {1, 1, 2, 2, 0});
  result.labels.label = found;
  result.labels.confidence = confidence;
  result.seconds = 0.5;
  return result;
}

TEST(EvaluationCounts, CountsThePointsThatHaveAClassAndGotOne) {
  const auto recipe = parse_recipe(test::small_recipe());  // ids 7 and 9
  EvaluationCounts counts(recipe);
  counts.add(table_result({7, 9, 9, 255, 7}, {0.95f, 0.55f, 0.95f, 0, 0.8f}));
  const auto figures = written(counts);
  EXPECT_EQ(figures.clouds, 1);
  EXPECT_EQ(figures.points, 3) << "one is ignored, one has no label";
  EXPECT_EQ(counts.labelled(), 4) << "the ignored one has a label too";
  EXPECT_EQ(figures.confusion, (std::vector<std::vector<std::int64_t>>{{1, 1}, {0, 1}}));
  EXPECT_DOUBLE_EQ(figures.overall_accuracy, 2.0 / 3);
  EXPECT_DOUBLE_EQ(figures.mean_class_accuracy, (0.5 + 1) / 2);
  EXPECT_DOUBLE_EQ(figures.mean_iou, 0.5);
  ASSERT_EQ(figures.per_class.size(), 2u);
  EXPECT_EQ(figures.per_class[0].name, "table");
  EXPECT_EQ(figures.per_class[0].points, 2);
  EXPECT_EQ(figures.per_class[1].accuracy, 1);
  // Two right ones of 0.95 lack 0.1, a wrong one of 0.55 has 0.55 too much.
  EXPECT_NEAR(figures.expected_calibration_error, (0.1 + 0.55) / 3, 1e-6);
  EXPECT_FALSE(figures.parts.has_value());
}

TEST(EvaluationCounts, PoolsOverCloudsAndKeepsTheFiguresOfEach) {
  const auto recipe = parse_recipe(test::small_recipe());
  EvaluationCounts counts(recipe);
  counts.add(table_result({7, 7, 9, 9, 7}, {1, 1, 1, 1, 1}));
  counts.add(table_result({9, 9, 9, 9, 9}, {1, 1, 1, 1, 1}));
  const auto figures = written(counts);
  EXPECT_EQ(figures.points, 8);
  EXPECT_DOUBLE_EQ(figures.overall_accuracy, 0.75);
  ASSERT_EQ(figures.per_cloud.size(), 2u);
  EXPECT_EQ(figures.per_cloud[0].overall_accuracy, 1);
  EXPECT_EQ(figures.per_cloud[1].overall_accuracy, 0.5);
  EXPECT_EQ(figures.per_cloud[1].kappa, 0);
  EXPECT_EQ(figures.per_cloud[1].points, 4);
  EXPECT_EQ(figures.per_cloud[1].seconds, 0.5);
}

TEST(EvaluationCounts, CoarsePointsAreInNoFigureButTheirOwn) {
  auto json = test::small_recipe();
  json["classes"].push_back({{"id", 11}, {"name", "wall"}, {"from", {"3"}}});
  const auto plain = parse_recipe(json);
  json["coarse"] = {{"5", {"table", "wall"}}, {"6", {"box", "wall"}}};
  const auto recipe = parse_recipe(json);
  const auto result = [](const std::vector<std::uint32_t>& label) {
    CloudResult made;
    made.cloud = test::labelled_cloud(std::vector<float>(3 * label.size(), 0), label);
    made.labels.label = {7, 9, 9, 7, 9, 11, 255};
    made.labels.confidence = {0.95f, 0.55f, 0.95f, 0.8f, 0.7f, 0.6f, 0};
    return made;
  };
  EvaluationCounts ignored(plain), counted(recipe);
  ignored.add(result({1, 1, 2, 0, 0, 0, 0}));
  counted.add(result({1, 1, 2, 5, 5, 6, 6}));  // of the last four: right, wrong, right, without a label
  auto expected = written(ignored), found = written(counted);
  EXPECT_FALSE(expected.coarse.has_value());
  ASSERT_TRUE(found.coarse.has_value());
  EXPECT_EQ(found.coarse->points, 3);
  EXPECT_DOUBLE_EQ(found.coarse->accuracy, 2.0 / 3);
  EXPECT_EQ(found.points, 3);
  EXPECT_EQ(found.confusion, expected.confusion);
  for (const auto figure : {&Evaluation::overall_accuracy, &Evaluation::mean_class_accuracy, &Evaluation::mean_iou,
                            &Evaluation::kappa, &Evaluation::expected_calibration_error})
    EXPECT_EQ(found.*figure, expected.*figure);
}

Recipe recipe_with_wall() {
  auto json = test::small_recipe();  // table 7 from 1, box 9 from 2
  json["classes"].push_back({{"id", 11}, {"name", "wall"}, {"from", {"3"}}});
  json["coarse"] = {{"5", {"table", "wall"}}};
  return parse_recipe(json);
}

TEST(EvaluationCounts, LabelsMeanWhatIsSaidAndNothingElse) {
  const auto recipe = with_meaning(recipe_with_wall(),
                                   {{0, {"table"}}, {2, {"table"}}, {8, {"box", "wall"}}, {9, {"wall", "box", "box"}}});
  EvaluationCounts counts(recipe);
  CloudResult result;
  // Two of the table, of which one is found; of a box or the wall, two of which are; three that were not named.
  const std::vector<std::uint32_t> label = {0, 2, 8, 8, 9, 1, 3, 5};
  result.labels.label = {7, 9, 9, 7, 11, 7, 11, 7};
  result.cloud = test::labelled_cloud(std::vector<float>(3 * label.size(), 0), label);
  result.labels.confidence.assign(label.size(), 0.9f);
  counts.add(result);
  const auto found = written(counts);
  EXPECT_EQ(found.points, 2);
  EXPECT_EQ(found.confusion, (std::vector<std::vector<std::int64_t>>{{1, 1, 0}, {0, 0, 0}, {0, 0, 0}}));
  EXPECT_DOUBLE_EQ(found.mean_iou, 0.5) << "no label says that a point is of the box";
  ASSERT_TRUE(found.coarse.has_value());
  EXPECT_EQ(found.coarse->points, 3);
  EXPECT_DOUBLE_EQ(found.coarse->accuracy, 2.0 / 3);
  EXPECT_EQ(recipe.coarse.size(), 1u) << "both labels mean the same";
}

TEST(EvaluationCounts, WhatNoLabelCanMeanIsRefused) {
  const auto complaint = [](const std::vector<std::string>& classes) {
    return error_of([&] { with_meaning(recipe_with_wall(), {{4, classes}}); });
  };
  EXPECT_EQ(complaint({"box", "door"}),
            "the label 4 is said to mean \"door\", but the model's classes are \"table\", \"box\" and \"wall\"");
  EXPECT_EQ(complaint({"wall", "table", "box"}),
            "the label 4 is said to mean any of the model's 3 classes, so whatever it finds would be right; leave the "
            "label out");
  EXPECT_NE(complaint({}).find("said to mean nothing"), std::string::npos);
  EXPECT_EQ(complaint({"wall", "box"}), "");
}

TEST(EvaluationCounts, NothingLabelledGivesZeros) {
  const auto recipe = parse_recipe(test::small_recipe());
  EvaluationCounts counts(recipe);
  EXPECT_EQ(written(counts).overall_accuracy, 0);
  counts.add(table_result({255, 255, 255, 255, 255}, {0, 0, 0, 0, 0}));
  const auto figures = written(counts);
  EXPECT_EQ(figures.points, 0);
  EXPECT_EQ(figures.mean_iou, 0);
  EXPECT_EQ(figures.per_cloud[0].mean_iou, 0);
}

TEST(EvaluationCounts, ClassificationCountsClouds) {
  const auto recipe = parse_recipe(test::small_classification_recipe());  // box, sphere
  EvaluationCounts counts(recipe);
  CloudResult result;
  result.cloud = test::labelled_cloud(std::vector<float>(30, 0), std::vector<std::uint32_t>(10, 0));
  result.item.cloud_label = 1;
  result.scores = {{2, "sphere", 0.7f}, {1, "box", 0.3f}};
  counts.add(result);
  result.scores = {{1, "box", 0.9f}, {2, "sphere", 0.1f}};
  counts.add(result);
  result.scores.clear();  // no finite point
  counts.add(result);
  const auto figures = written(counts);
  EXPECT_EQ(figures.clouds, 3);
  EXPECT_EQ(figures.points, 30);
  EXPECT_EQ(figures.confusion, (std::vector<std::vector<std::int64_t>>{{0, 0}, {1, 1}}));
  EXPECT_EQ(figures.overall_accuracy, 0.5);
  EXPECT_NEAR(figures.expected_calibration_error, (0.3 + 0.9) / 2, 1e-6);
}

/// A house of two cones and two boxes.
CloudResult house(const std::vector<std::uint32_t>& found, int category) {
  CloudResult result;
  result.cloud = test::labelled_cloud(std::vector<float>(12, 0), {1, 1, 2, 2});
  result.item.cloud_label = 0;
  result.labels.label = found;
  result.labels.confidence = {1, 1, 1, 1};
  result.labels.categories = {{static_cast<std::uint32_t>(category), category == 0 ? "house" : "lolly", 1}};
  return result;
}

TEST(EvaluationCounts, PartsAreCountedWithTheCategoryFoundAndWithTheTrueOne) {
  const auto recipe = parse_recipe(test::small_parts_recipe());  // cone 3, box 4; ball 5, stick 6
  EvaluationCounts counts(recipe);
  counts.add(house({3, 3, 4, 3}, 0));
  auto taken_for_a_lolly = house({5, 5, 6, 6}, 1);
  taken_for_a_lolly.given_labels = house({3, 3, 4, 4}, 0).labels;
  counts.add(taken_for_a_lolly);
  const auto figures = written(counts);
  ASSERT_TRUE(figures.parts.has_value());
  EXPECT_EQ(figures.parts->category_accuracy, 0.5);
  const double first = (2.0 / 3 + 1.0 / 2) / 2;  // cone 2 of 3, box 1 of 2
  EXPECT_DOUBLE_EQ(figures.parts->instance_mean_iou, (first + 0) / 2);
  EXPECT_DOUBLE_EQ(figures.parts->instance_mean_iou_given_class, (first + 1) / 2);
  EXPECT_DOUBLE_EQ(figures.parts->category_mean_iou_given_class, (first + 1) / 2) << "there are houses only";
  EXPECT_DOUBLE_EQ(figures.parts->overall_accuracy_given_class, 7.0 / 8);
  EXPECT_DOUBLE_EQ(figures.overall_accuracy, 3.0 / 8);
}

/// Objects of which one has no coordinates.
class OneBroken : public test::Objects {
 public:
  OneBroken() : Objects(3, 3) {}
  Cloud read(const DataEntry& entry) const override {
    auto cloud = Objects::read(entry);
    if (entry.name == "lolly/l101") cloud.fields.erase(cloud.fields.begin());
    return cloud;
  }
};

std::string complaint(const std::shared_ptr<const Model>& model, const EvaluationOptions& options) {
  return error_of([&] { evaluate(model, options); });
}

TEST(Evaluate, ErrorsNameTheCloud) {
  const auto model = test::fresh_model(test::small_parts_recipe());
  EvaluationOptions options;
  EXPECT_EQ(complaint(model, options), "an evaluation needs data");
  options.data = std::make_shared<OneBroken>();
  EXPECT_EQ(complaint(nullptr, options), "an evaluation needs a model");
  for (const int threads : {1, 3}) {
    options.run.threads = threads;
    EXPECT_EQ(complaint(model, options).find("made up, cloud 1: the cloud has no field 'x'"), 0u)
        << complaint(model, options);
  }
}

TEST(Evaluate, ReportsOfObjectsTakenTogetherComeOneAtATime) {
  const auto model = test::fresh_model(test::small_parts_recipe());
  EvaluationOptions options;
  options.data = std::make_shared<test::Objects>(4, 4);
  options.run.threads = 4;
  std::atomic<int> inside{0}, most_inside{0}, reports{0}, finished{0};
  options.run.progress = [&](double done, const std::string&) {
    most_inside = std::max<int>(most_inside, ++inside);
    ++reports;
    finished += done == 1;
    --inside;
    return true;
  };
  EXPECT_EQ(evaluate(model, options).clouds, 8);
  EXPECT_EQ(most_inside, 1);
  EXPECT_GE(finished, 8) << "once for each object, and again for one whose category was not found";
  EXPECT_GE(reports, 2 * finished);
}

TEST(Evaluate, StopsWhenAReportIsAnsweredWithNo) {
  const auto model = test::fresh_model(test::small_parts_recipe());
  EvaluationOptions options;
  options.data = std::make_shared<test::Objects>(4, 4);
  for (const int threads : {1, 4}) {
    options.run.threads = threads;
    std::atomic<int> reports{0};
    options.run.progress = [&](double, const std::string&) { return ++reports < 3; };
    EXPECT_THROW(evaluate(model, options), Cancelled) << threads;
    EXPECT_LT(reports, 3 + 4) << "no object is begun after that";
  }
}

TEST(Evaluate, SaysThatNoLabelIsOneThatMeansAClass) {
  const auto model = test::fresh_model(test::small_parts_recipe());
  EvaluationOptions options;
  options.data = std::make_shared<test::Objects>(4, 4);
  options.meaning = {{77, {model->recipe.classes.front().name}}};
  EXPECT_NE(complaint(model, options).find("they hold none of the labels that are said to mean one"), std::string::npos)
      << complaint(model, options);
}

}  // namespace
}  // namespace treewalk
