// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>

#include "run_program.h"

namespace program_test {
namespace {

TEST(Help, IsNoError) {
  const Workplace place;
  for (const char* command : {"", "segment ", "classify ", "clusters ", "train ", "evaluate ", "graph ", "octree ",
                              "raster ", "view ", "info "}) {
    const Outcome outcome = place.run(std::string(command) + "--help");
    EXPECT_EQ(outcome.status, 0) << command;
    EXPECT_NE(outcome.out.find("Usage: treewalk"), std::string::npos) << command;
  }
}

TEST(Help, HelpAndVersionAnswerHoweverTheyAreAskedFor) {
  const Workplace place;
  const Outcome version = place.run("--version");
  EXPECT_EQ(version.status, 0);
  EXPECT_EQ(version.out.substr(0, 9), "treewalk ") << version.out;
  EXPECT_EQ(std::count(version.out.begin(), version.out.end(), '\n'), 1) << version.out;
  EXPECT_EQ(place.run("-V").out, version.out);
  EXPECT_EQ(place.run("version").out, version.out);
  EXPECT_EQ(place.run("help").out, place.run("--help").out);
  const std::string help = place.run("segment --help").out;
  EXPECT_EQ(place.run("help segment").out, help);
  for (const char* part : {"(default: 0)", "; not with --remove", "Example:\n  treewalk segment "})
    EXPECT_NE(help.find(part), std::string::npos) << part << "\n" << help;
  EXPECT_EQ(help.find("=["), std::string::npos) << help;
  EXPECT_EQ(help.find("draws them (default"), std::string::npos) << "nobody asks for objects 0 apart";
  for (const char* command : {"graph", "octree", "view", "info"})  // run no model
    for (const char* option : {"--device", "--memory", "(default: -1)"})
      EXPECT_EQ(place.run(std::string("help ") + command).out.find(option), std::string::npos) << command << option;
  const std::string train = place.run("help train").out;
  EXPECT_NE(train.find("treewalk info --recipe"), std::string::npos) << train;
  EXPECT_NE(train.find("terrain"), std::string::npos) << train;
}

}  // namespace
}  // namespace program_test
