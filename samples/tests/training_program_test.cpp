// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "run_program.h"

namespace program_test {
namespace {

TEST(TrainingProgram, AnInterruptedTrainingResumesToTheSameModel) {
  const Workplace place;
  train_small_model(place);
  const std::string train = "train recipe.json --data data --seed 5 --epochs 80 ";
  ASSERT_EQ(place.run(train + "-o whole.treewalk --quiet").status, 0);

  // Interrupted early on, the program is to end by itself, with a checkpoint and without a model.
  const std::string command =
      "cd '" + (place / "").string() + "' && { '" TREEWALK_PROGRAM "' " + train +
      "-o part.treewalk 2>interrupted.txt & program=$!; "
      "for i in $(seq 3000); do grep -q 'epoch 3 of' interrupted.txt && break; sleep 0.01; done; "
      "kill -INT $program; wait $program; }";
  const int status = std::system(command.c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) GTEST_SKIP() << "training ended before it was interrupted";
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_NE(content(place / "interrupted.txt").find("\ntreewalk: error: cancelled"), std::string::npos)
      << content(place / "interrupted.txt");
  EXPECT_FALSE(fs::exists(place / "part.treewalk"));
  ASSERT_EQ(place.run(train + "-o part.treewalk --resume --quiet").status, 0);
  EXPECT_FALSE(fs::exists(place / "part.treewalk.checkpoint"));

  const auto weights = [&](const char* name) {  // the header holds times, which differ
    const std::string file = content(place / name);
    std::uint64_t length = 0;
    std::memcpy(&length, file.data(), 8);
    return file.substr(8 + length);
  };
  EXPECT_EQ(weights("part.treewalk"), weights("whole.treewalk"));
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

TEST(TrainingProgram, AMisspeltRecipeKeyNamesTheRightOne) {
  const Workplace place;
  std::string recipe = small_recipe();
  recipe.replace(recipe.find("\"levels\""), 8, "\"levles\"");
  std::ofstream(place / "recipe.json") << recipe;
  fs::create_directories(place / "data/train");
  expect_error(place.run("train recipe.json --data data -o new.treewalk"), 1, "levels");
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
