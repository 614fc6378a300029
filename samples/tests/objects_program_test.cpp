// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Models of whole objects: their class, and their parts by category.
#include <memory>

#include "run_program.h"

namespace program_test {
namespace {

using treewalk::Cloud;

/// 400 points of a ball on a stick, or of a board on a stick; label 1 the ball or board, 2 the stick.
Cloud object(bool ball, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto uniform = [&] { return static_cast<float>(2 * static_cast<double>(random() >> 11) * 0x1p-53 - 1); };
  std::vector<float> xyz;
  std::vector<std::uint32_t> label;
  for (int i = 0; i < 400; ++i) {
    const float u = uniform(), v = uniform(), w = uniform();
    const float length = std::sqrt(u * u + v * v + w * w) + 1e-9f;
    if (i % 2 == 1)
      xyz.insert(xyz.end(), {0.05f * u, 0.05f * v, w});
    else if (ball)
      xyz.insert(xyz.end(), {0.5f * u / length, 0.5f * v / length, 1 + 0.5f * w / length});
    else
      xyz.insert(xyz.end(), {u, v, 1.0f});
    label.push_back(i % 2 == 1 ? 2 : 1);
  }
  Cloud cloud;
  cloud.stride = 12;
  cloud.fields = {{"x", 0, treewalk::Scalar::float32, 1},
                  {"y", 4, treewalk::Scalar::float32, 1},
                  {"z", 8, treewalk::Scalar::float32, 1}};
  cloud.width = 400;
  cloud.data.resize(xyz.size() * sizeof(float));
  std::memcpy(cloud.data.data(), xyz.data(), cloud.data.size());
  if (!ball)
    for (auto& l : label) l += 2;  // parts of boards have labels of their own
  cloud.set_field("label", label);
  return cloud;
}

const char* const kNetwork = R"("network": {"normalise": "sphere", "points": 200, "levels": 3, "widths": [8, 8, 8],
    "head_width": 8, "neighbours": 4, "order": "together", "orientation": "outward", "tower_blocks": 1},
  "features": ["coordinates", "shape"],
  "training": {"epochs": 2, "batch": 2, "steps_per_epoch": 5, "warmup": 2, "auxiliary": 0}})";

/// Two models, trained by the program on the same clouds, serve all tests: one of parts and one of classes.
class Objects : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    place_ = std::make_unique<Workplace>();
    for (const char* split : {"train", "test"})
      for (const bool ball : {true, false})
        for (std::uint64_t i = 0; i < 2; ++i) {
          const fs::path folder = place() / "data" / split / (ball ? "lolly" : "table");
          fs::create_directories(folder);
          treewalk::write_cloud(folder / ("o" + std::to_string(i) + ".pcd"), object(ball, i + (split[1] == 'e') * 9));
        }
    std::ofstream(place() / "parts.json") << R"({"task": "segmentation", "classes": [
      {"id": 1, "name": "ball", "category": "lolly"}, {"id": 2, "name": "stick", "category": "lolly"},
      {"id": 3, "name": "board", "category": "table"}, {"id": 4, "name": "leg", "category": "table"}],)"
                                          << kNetwork;
    std::ofstream(place() / "kinds.json") << R"({"task": "classification", "classes": [
      {"id": 1, "name": "lolly"}, {"id": 2, "name": "table"}],)"
                                          << kNetwork;
    for (const char* name : {"parts", "kinds"}) {
      const Outcome outcome =
          place().run(std::string("train ") + name + ".json --data data -o models/" + name + ".treewalk --quiet");
      ASSERT_EQ(outcome.status, 0) << outcome.err;
    }
  }
  static void TearDownTestSuite() { place_.reset(); }
  static const Workplace& place() { return *place_; }

 private:
  static std::unique_ptr<Workplace> place_;
};
std::unique_ptr<Workplace> Objects::place_;

const char* const kOfParts[] = {"category_accuracy",
                                "instance_mean_iou",
                                "category_mean_iou",
                                "overall_accuracy_given_class",
                                "instance_mean_iou_given_class",
                                "category_mean_iou_given_class"};

TEST_F(Objects, SegmentFindsTheCategoryOrIsTold) {
  Outcome outcome = place().run("segment data/test/lolly/o0.pcd -m parts --json found.json");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto found = place().json("found.json");
  EXPECT_TRUE(found["category"] == "lolly" || found["category"] == "table") << found;
  EXPECT_GE(found["category_probability"], 0.5);
  EXPECT_NE(outcome.out.find("(probability 0."), std::string::npos) << outcome.out;
  for (const char* category : {"lolly", "table"}) {
    outcome = place().run(
        std::string("segment data/test/lolly/o0.pcd -m parts -o told.pcd --json told.json --overwrite --category ") +
        category);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(place().json("told.json")["category"], category);
    EXPECT_EQ(place().json("told.json")["category_probability"], 1);
    EXPECT_NE(outcome.out.find(std::string(category) + " (as told)"), std::string::npos) << outcome.out;
    const Cloud cloud = treewalk::read_cloud(place() / "told.pcd");
    for (std::int64_t i = 0; i < cloud.size(); ++i) {
      const double label = cloud.view().value(i, *cloud.view().find("label"));
      EXPECT_EQ(label <= 2, std::string(category) == "lolly");
    }
  }
  expect_error(place().run("segment data/test/lolly/o0.pcd -m parts --category loly"), 1, "did you mean \"lolly\"?");
}

TEST_F(Objects, ClassifyCallsADoubtfulCloudUnknown) {
  Outcome outcome = place().run("classify data/test -m kinds --json found_kinds.json --min-confidence 1");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 4);
  auto report = place().json("found_kinds.json");
  ASSERT_EQ(report.size(), 4u);
  for (const auto& cloud : report) {
    EXPECT_EQ(cloud["name"], "unknown");
    EXPECT_EQ(cloud["classes"].size(), 2u) << "what it might be is still said";
  }
  EXPECT_NE(outcome.out.find("  unknown:  "), std::string::npos) << outcome.out;
  outcome = place().run("classify data/test -m kinds --json found_kinds.json --overwrite --top 1");
  report = place().json("found_kinds.json");
  for (const auto& cloud : report) {
    EXPECT_EQ(cloud["name"], cloud["classes"][0]["name"]);
    EXPECT_GE(cloud["classes"][0]["probability"], 0.5);
  }
  EXPECT_EQ(outcome.out.find("unknown"), std::string::npos) << outcome.out;
  expect_error(place().run("classify data/test -m kinds --min-confidence 2"), 2, "--min-confidence");
}

TEST_F(Objects, EvaluateOfPartsHasTheirFigures) {
  const Outcome outcome = place().run("evaluate parts --data data --json parts_figures.json");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto figures = place().json("parts_figures.json");
  EXPECT_EQ(figures["clouds"], 4);
  EXPECT_EQ(figures["points"], 4 * 400);
  for (const char* key : kOfParts) {
    ASSERT_TRUE(figures.contains(key)) << key;
    EXPECT_TRUE(figures[key] >= 0 && figures[key] <= 1) << key;
  }
  EXPECT_TRUE(figures["expected_calibration_error"] >= 0 && figures["expected_calibration_error"] <= 1);
  for (const char* part : {"category found", "category given", "expected calibration error"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << outcome.out;
  // With two shapes of either category both means are the same.
  EXPECT_NEAR(figures["instance_mean_iou"], figures["category_mean_iou"], 1e-12);
}

TEST_F(Objects, EvaluateOfOthersHasNoFiguresOfParts) {
  ASSERT_EQ(place().run("evaluate kinds --data data --json kinds_figures.json").status, 0);
  const auto figures = place().json("kinds_figures.json");
  EXPECT_TRUE(figures.contains("expected_calibration_error"));
  for (const char* key : kOfParts) EXPECT_FALSE(figures.contains(key)) << key;
}

TEST_F(Objects, MeansOfSeveralModelsHaveTheFiguresOfParts) {
  ASSERT_EQ(place().run("evaluate parts parts --data data --json two.json").status, 0);
  const auto figures = place().json("two.json");
  for (const char* key : kOfParts) {
    EXPECT_DOUBLE_EQ(figures["mean"][key], figures["models"][0][key]) << key;
    EXPECT_EQ(figures["standard_deviation"][key], 0) << key;
  }
  EXPECT_TRUE(figures["mean"].contains("expected_calibration_error"));
}

}  // namespace
}  // namespace program_test
