// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The numbered examples do what the program does.
#include "run_program.h"

namespace program_test {
namespace {

using treewalk::Cloud;

/// Runs an example in the folder.
Outcome run_example(const Workplace& place, const std::string& name_and_arguments) {
  return place.run("--version >/dev/null && '" TREEWALK_EXAMPLES "/'" + name_and_arguments);
}

bool is_built(const std::string& name) { return fs::exists(std::string(TREEWALK_EXAMPLES "/") + name); }

std::vector<double> column(const fs::path& file, const char* field) {
  const Cloud cloud = treewalk::read_cloud(file);
  std::vector<double> values;
  for (std::int64_t i = 0; i < cloud.size(); ++i) values.push_back(cloud.view().value(i, cloud.view().at(field)));
  return values;
}

const std::string terrain = std::string(TREEWALK_SAMPLES) + "/models/terrain.treewalk";

TEST(Examples, FilterAndLabelAsTheProgramDoes) {
  if (!is_built("01_filter_a_cloud")) GTEST_SKIP() << "built without PCL";
  const Workplace place;
  Cloud cloud = table_cloud(3);
  for (const char* field : {"tag", "label"}) cloud.remove_field(field);
  treewalk::write_cloud(place / "scene.pcd", cloud);
  const std::string segment = "segment scene.pcd -m '" + terrain + "' ";
  ASSERT_EQ(place.run(segment + "-o labelled.pcd").status, 0);
  ASSERT_EQ(place.run(segment + "-o kept.pcd --keep ground --min-confidence 0.7").status, 0);

  Outcome outcome = run_example(place, "01_filter_a_cloud scene.pcd ground.pcd '" + terrain + "'");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  auto kept = column(place / "kept.pcd", "x");
  for (double& x : kept) x = static_cast<float>(x);  // as PCL's points have it
  EXPECT_EQ(column(place / "ground.pcd", "x"), kept);
  EXPECT_EQ(run_example(place, "01_filter_a_cloud").status, 2);

  outcome = run_example(place, "02_label_a_cloud scene.pcd labels.pcd '" + terrain + "'");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto labels = column(place / "labels.pcd", "label");
  EXPECT_EQ(labels, column(place / "labelled.pcd", "label"));
  EXPECT_NE(outcome.out.find("ground: "), std::string::npos) << outcome.out;
  outcome = run_example(place, "02_label_a_cloud");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("usage: 02_label_a_cloud"), std::string::npos);
  outcome = run_example(place, "02_label_a_cloud scene.pcd labels.pcd none.treewalk");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("02_label_a_cloud: none.treewalk: there is no such file"), std::string::npos)
      << outcome.err;
}

TEST(Examples, TrainToTheModelThatTheProgramTrains) {
  const Workplace place;
  for (const char* split : {"train", "val"}) {
    fs::create_directories(place / "data" / split);
    treewalk::write_cloud(place / "data" / split / "scene.pcd", table_cloud(split[0] == 't' ? 1 : 2));
  }
  std::ofstream(place / "recipe.json") << small_recipe();
  Outcome outcome = run_example(place, "03_train_a_model recipe.json data mine.treewalk");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("mean IoU 0."), std::string::npos) << outcome.out;
  ASSERT_EQ(place.run("train recipe.json --data data -o theirs.treewalk --quiet").status, 0);
  EXPECT_TRUE(content(place / "mine.treewalk") == content(place / "theirs.treewalk"));
  EXPECT_EQ(run_example(place, "03_train_a_model").status, 2);
  outcome = run_example(place, "03_train_a_model none.json data other.treewalk");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("none.json"), std::string::npos) << outcome.err;
}

TEST(Examples, MaskedAttentionTakesACloudOfAnySize) {
  if (!is_built("04_masked_attention")) GTEST_SKIP() << "built without the LibTorch of treewalk";
  const Workplace place;
  treewalk::write_cloud(place / "scene.pcd", table_cloud(3));
  Outcome outcome = run_example(place, "04_masked_attention scene.pcd");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("2400 points, "), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.out.find("norm 0\n"), std::string::npos) << "the modulation has a gradient";
  EXPECT_EQ(run_example(place, "04_masked_attention").status, 2);
  outcome = run_example(place, "04_masked_attention none.pcd");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("04_masked_attention: none.pcd: there is no such file"), std::string::npos) << outcome.err;
}

TEST(Examples, LabelAGraphSaysHowManyNodesAreRight) {
  const Workplace place;
  Outcome outcome = run_example(place, "05_label_a_graph 1");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const char* name : {"no hierarchy: ", "fixed hierarchy: ", "learned hierarchy: "})
    EXPECT_NE(outcome.out.find(name), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find(" % of nodes right"), std::string::npos) << outcome.out;
  EXPECT_EQ(run_example(place, "05_label_a_graph 1 2").status, 2);
  outcome = run_example(place, "05_label_a_graph none");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("05_label_a_graph: recipe: not valid JSON"), std::string::npos) << outcome.err;
}

TEST(Examples, LabelASequenceSaysHowManyElementsAreRight) {
  const Workplace place;
  Outcome outcome = run_example(place, "06_label_a_sequence 40");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const char* name : {"fixed tree: ", "learned clusters: ", "learned intervals: "})
    EXPECT_NE(outcome.out.find(name), std::string::npos) << outcome.out;
  EXPECT_EQ(run_example(place, "06_label_a_sequence 1 2").status, 2);
  outcome = run_example(place, "06_label_a_sequence 0");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("06_label_a_sequence: training: there are no data"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace program_test
