// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What the program loads.
#include "run_program.h"

namespace program_test {
namespace {

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Loading, StartsOnceAndWithoutPcl) {
  const Workplace place;
  setenv("LD_DEBUG", "libs", 1);
  const Outcome outcome = place.run("info");
  unsetenv("LD_DEBUG");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::string& log = outcome.err;
  EXPECT_EQ(count(log, "initialize program: "), count(log, "initialize program: " TREEWALK_PROGRAM));
  EXPECT_EQ(count(log, "initialize program: "), 1);
  int torch = 0, pcl = 0;
  for (std::size_t at = log.find("calling init: "); at != std::string::npos; at = log.find("calling init: ", at + 1)) {
    const std::string library = log.substr(at, log.find('\n', at) - at);
    torch += count(library, "/libtorch_cpu.so");
    pcl += count(library, "libpcl");
  }
  EXPECT_EQ(torch, 1) << log;
  EXPECT_EQ(pcl, 0) << log;
}

}  // namespace
}  // namespace program_test
