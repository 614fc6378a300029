// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <pty.h>

#include "run_program.h"

namespace program_test {
namespace {

const char* const kTrain = "train recipe.json --data data --seed 5 --epochs 80 -o part.treewalk ";

/// Trains, sends the signal when the given line was printed, and returns the exit status as a shell gives it.
int train_until(const Workplace& place, const std::string& options, const std::string& line,
                const std::string& signal) {
  const std::string command = "cd '" + (place / "").string() + "' && { '" TREEWALK_PROGRAM "' " + kTrain + options +
                              " 2>stopped.txt & program=$!; for i in $(seq 3000); do grep -q '" + line +
                              "' stopped.txt && break; sleep 0.01; done; "
                              "kill -" +
                              signal + " $program; wait $program; }";
  return WEXITSTATUS(std::system(command.c_str()));
}

TEST(TrainingProgram, AnInterruptedOrKilledTrainingResumesToTheSameModel) {
  const Workplace place;
  train_small_model(place);
  ASSERT_EQ(place.run("train recipe.json --data data --seed 5 --epochs 80 -o whole.treewalk --quiet").status, 0);

  // Interrupted early on, the program is to end by itself, with a checkpoint and without a model.
  const int status = train_until(place, "", "epoch 3 of", "INT");
  if (status == 0) GTEST_SKIP() << "training ended before it was interrupted";
  EXPECT_EQ(status, 1);
  EXPECT_NE(content(place / "stopped.txt").find("\ntreewalk: error: cancelled"), std::string::npos)
      << content(place / "stopped.txt");
  EXPECT_FALSE(fs::exists(place / "part.treewalk"));

  expect_error(place.run(kTrain), 1, "'part.treewalk.checkpoint' is of a training that was not finished");
  expect_error(place.run(kTrain + std::string("--resume --quiet --scale 0.50,2")), 1,
               "is of a training without --scale, and this one is with --scale 0.5,2.0; train without --resume");

  // Killed without a chance to tidy up, it is to leave the checkpoint as it was, and no model.
  const std::string before = content(place / "part.treewalk.checkpoint");
  const int killed = train_until(place, "--resume", "epoch [0-9]* of", "KILL");
  if (killed == 0) GTEST_SKIP() << "training ended before it was killed";
  EXPECT_EQ(killed, 128 + 9);
  EXPECT_TRUE(content(place / "part.treewalk.checkpoint") == before);
  EXPECT_FALSE(fs::exists(place / "part.treewalk"));

  ASSERT_EQ(place.run(kTrain + std::string("--resume --quiet")).status, 0);
  EXPECT_FALSE(fs::exists(place / "part.treewalk.checkpoint"));
  EXPECT_TRUE(content(place / "part.treewalk") == content(place / "whole.treewalk"));
}

TEST(TrainingProgram, NotesGoIntoTheTrainingCard) {
  const Workplace place;
  train_small_model(place);
  ASSERT_EQ(place
                .run("train recipe.json --data data -o noted.treewalk --epochs 1 --note licence=research --note a=b "
                     "--without scene1 --quiet")
                .status,
            0);
  const std::string text = place.run("info noted.treewalk").out;
  EXPECT_NE(text.find("licence            research"), std::string::npos) << text;
  EXPECT_NE(text.find("clouds             1"), std::string::npos) << text;
  expect_error(place.run("train recipe.json --data data -o x.treewalk --note nonsense"), 2, "KEY=VALUE");
}

/// A room as S3DIS has them: a file for the table, one for the box, which is clutter there.
void write_room(const Workplace& place, const std::string& room, std::uint64_t seed) {
  const treewalk::Cloud cloud = table_cloud(seed);
  const auto view = cloud.view();
  const fs::path folder = place / "rooms" / room / "Annotations";
  fs::create_directories(folder);
  std::ofstream table(folder / "table_1.txt"), clutter(folder / "box_1.txt");
  for (std::int64_t i = 0; i < view.size; ++i) {
    const double label = view.value(i, *view.find("label"));
    if (label == 0) continue;
    std::ofstream& file = label == 1 ? table : clutter;
    for (const char* axis : {"x", "y", "z"}) file << view.value(i, *view.find(axis)) << ' ';
    file << "200 100 0\n";
  }
}

TEST(TrainingProgram, PublicLayoutsAreReadAsTheyCome) {
  const Workplace place;
  write_room(place, "Area_1/office_1", 1);
  write_room(place, "Area_2/office_1", 2);
  write_room(place, "Area_5/office_1", 3);
  std::string recipe = small_recipe();
  recipe.replace(recipe.find("[\"1\"]"), 5, "[\"7\"]");
  recipe.replace(recipe.find("[\"2\"]"), 5, "[\"12\"]");
  std::ofstream(place / "recipe.json") << recipe;
  Outcome outcome = place.run("train recipe.json --data rooms -o rooms.treewalk --quiet");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(place.run("info rooms.treewalk").out.find("clouds             2"), std::string::npos);
  outcome = place.run("evaluate rooms.treewalk --data rooms --layout s3dis --json figures.json");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(place.json("figures.json")["per_cloud"][0]["name"], "Area_5/office_1");
  EXPECT_EQ(place.json("figures.json")["points"], 2400 - 48);
  outcome = place.run("evaluate rooms.treewalk --data rooms --split Area_2 --json area.json");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(place.json("area.json")["per_cloud"][0]["name"], "Area_2/office_1");
  expect_error(place.run("evaluate rooms.treewalk --data rooms --split val"), 1, "Area_1");
  expect_error(place.run("train recipe.json --data rooms --layout s3dsi -o x.treewalk"), 1, "did you mean \"s3dis\"?");
  expect_error(place.run("train recipe.json --data rooms --layout off -o x.treewalk"), 1,
               "CLASS/{train,test}/NAME.off");
  expect_error(place.run("train recipe.json --data rooms --points 0 -o x.treewalk"), 2, "--points");
  EXPECT_NE(place.run("train --help").out.find("semantickitti"), std::string::npos);
}

TEST(TrainingProgram, CloudsWithoutPointsAndPointsFarAwayAreLeftOutByName) {
  const Workplace place;
  train_small_model(place);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  treewalk::Cloud far = table_cloud(0), none = far;
  move_to(far, 0, 1e7, 0, 0);
  for (std::int64_t i = 0; i < none.size(); ++i) move_to(none, i, nan, nan, nan);
  fs::create_directories(place / "odd/train");
  treewalk::write_cloud(place / "odd/train/none.pcd", none);
  Outcome outcome = place.run("train recipe.json --data odd -o no.treewalk");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("has a point with finite coordinates"), std::string::npos) << outcome.err;
  treewalk::write_cloud(place / "odd/train/far.pcd", far);
  outcome = place.run("train recipe.json --data odd -o odd.treewalk");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  for (const char* part : {"none.pcd: holds no point with finite coordinates and is skipped",
                           "far.pcd: 1 of 2352 points, at (10000000, 0, 0), lie too far from the others"}) {
    const auto found = outcome.err.find(part);
    ASSERT_NE(found, std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.find(part, found + 1), std::string::npos) << outcome.err;
  }
  // The model is that of the clouds without them.
  move_to(far, 0, nan, nan, nan);
  fs::remove(place / "odd/train/none.pcd");
  treewalk::write_cloud(place / "odd/train/far.pcd", far);
  ASSERT_EQ(place.run("train recipe.json --data odd -o even.treewalk --quiet").status, 0);
  fs::copy_file(place / "odd.treewalk", place / "models/odd.treewalk");
  fs::copy_file(place / "even.treewalk", place / "models/even.treewalk");
  treewalk::write_cloud(place / "scene.pcd", table_cloud(3));
  for (const char* name : {"odd", "even"})
    ASSERT_EQ(place.run(std::string("segment scene.pcd -m ") + name + " -o " + name + ".pcd --quiet").status, 0);
  EXPECT_TRUE(content(place / "odd.pcd") == content(place / "even.pcd"));
}

TEST(TrainingProgram, PointsOfCoarseLabelsAreCountedApart) {
  const Workplace place;
  train_small_model(place);
  // Every tenth point of the table may be of a table or of a wall, of which there are none.
  treewalk::Cloud cloud = table_cloud(20);
  const auto view = cloud.view();
  std::vector<std::uint32_t> label;
  std::int64_t coarse = 0;
  for (std::int64_t i = 0; i < view.size; ++i) {
    label.push_back(static_cast<std::uint32_t>(view.value(i, view.at("label"))));
    if (i % 10 != 0 || label.back() != 1) continue;
    label.back() = 5;
    coarse += std::isfinite(view.value(i, view.at("z")));
  }
  cloud.remove_field("label");
  cloud.set_field("label", label);
  treewalk::write_cloud(place / "data/train/scene9.pcd", cloud);
  std::string recipe = small_recipe();
  recipe.replace(recipe.find("\"ignore\""), 8, R"("coarse": {"5": ["table", "wall"]}, "ignore")");
  recipe.replace(recipe.find("\"classes\": ["), 12, R"("classes": [{"id": 11, "name": "wall", "from": ["3"]},)");
  std::ofstream(place / "coarse.json") << recipe;
  const Outcome outcome = place.run("train coarse.json --data data -o coarse.treewalk");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("is of class \"wall\" but by coarse labels"), std::string::npos) << outcome.err;
  EXPECT_NE(place.run("info coarse.treewalk").out.find("coarse_points      " + std::to_string(coarse)),
            std::string::npos)
      << place.run("info coarse.treewalk").out;
  const Outcome figures = place.run("evaluate coarse.treewalk --data data --split train --json figures.json");
  ASSERT_EQ(figures.status, 0) << figures.err;
  EXPECT_NE(figures.out.find("of " + std::to_string(coarse) + " more points with coarse labels, "), std::string::npos)
      << figures.out;
  EXPECT_EQ(place.json("figures.json")["coarse_points"], coarse);
  EXPECT_GE(place.json("figures.json")["coarse_accuracy"], 0.5);
  const Outcome plain = place.run("evaluate coarse.treewalk --data data --json -");
  ASSERT_EQ(plain.status, 0) << plain.err;
  EXPECT_EQ(plain.out.find("coarse_"), std::string::npos) << plain.out;
}

TEST(TrainingProgram, AMisspeltRecipeKeyNamesTheRightOne) {
  const Workplace place;
  std::string recipe = small_recipe();
  recipe.replace(recipe.find("\"levels\""), 8, "\"levles\"");
  std::ofstream(place / "recipe.json") << recipe;
  fs::create_directories(place / "data/train");
  expect_error(place.run("train recipe.json --data data -o new.treewalk"), 1, "levels");
}

/// What `treewalk ARGUMENTS` writes to a terminal of 60 columns; empty where there is none to be had.
std::string on_terminal(const Workplace& place, const std::string& arguments) {
  const std::string command = "cd '" + (place / "").string() + "' && exec '" TREEWALK_PROGRAM "' " + arguments;
  winsize size{24, 60, 0, 0};
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) {
    setenv("TERM", "xterm", 1);
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    std::abort();
  }
  std::string text;
  char some[4096];
  for (ssize_t n = 0; child > 0 && (n = read(terminal, some, sizeof some)) > 0;)
    text.append(some, static_cast<std::size_t>(n));
  int status = 0;
  if (child > 0) waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << text;
  return text;
}

TEST(TrainingProgram, ProgressIsOneLineThatChangesOnATerminal) {
  const Workplace place;
  train_small_model(place);
  const std::string text = on_terminal(place, "train recipe.json --data data -o new.treewalk --epochs 80");
  if (text.empty()) GTEST_SKIP() << "no terminal";
  const std::string begin = "\r\033[K";
  std::size_t drawn = 0, at = text.find(begin);
  for (; at != std::string::npos; at = text.find(begin, at + 1)) {
    const std::string line = text.substr(at + begin.size(), text.find_first_of("\r\n", at + 1) - at - begin.size());
    if (line.rfind("train  ", 0) != 0) continue;  // a line that stays takes its place
    ++drawn;
    EXPECT_LT(line.size(), 60u) << line;
    EXPECT_NE(line.find(" %  epoch "), std::string::npos) << line;
  }
  EXPECT_GT(drawn, 0u) << text;
  EXPECT_NE(text.find("epoch 80 of 80"), std::string::npos) << text;
  EXPECT_NE(text.find("wrote new.treewalk after "), std::string::npos) << text;
}

TEST(TrainingProgram, ProgressIsPlainLinesWithoutATerminal) {
  const Workplace place;
  train_small_model(place);
  const Outcome outcome = place.run("train recipe.json --data data -o new.treewalk --epochs 3");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err.find('\r'), std::string::npos);
  EXPECT_EQ(outcome.err.find('\033'), std::string::npos);
  EXPECT_NE(outcome.err.find("epoch 3 of 3"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace program_test
