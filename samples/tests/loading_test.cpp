// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What the program loads, and when: see main.cpp.
#include "run_program.h"

namespace program_test {
namespace {

/// Runs `treewalk info` with a variable of the environment set; what the OpenMP library and the loader say is on
/// stderr.
Outcome info_with(const Workplace& place, std::initializer_list<std::pair<const char*, const char*>> variables) {
  for (const auto& [name, value] : variables) setenv(name, value, 1);
  const Outcome outcome = place.run("info");
  for (const auto& variable : variables) unsetenv(variable.first);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return outcome;
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

class Loading : public testing::Test {
 protected:
  Loading() {
    unsetenv("OMP_WAIT_POLICY");  // tests are run with it
    unsetenv("GOMP_SPINCOUNT");
  }
  const Workplace place;
};

TEST_F(Loading, IdleThreadsSleepUnlessTheUserSaysOtherwise) {
  const std::pair<const char*, const char*> show{"OMP_DISPLAY_ENV", "verbose"};
  EXPECT_EQ(count(info_with(place, {show}).err, "GOMP_SPINCOUNT = '0'"), 1);
  EXPECT_EQ(count(info_with(place, {show, {"OMP_WAIT_POLICY", "active"}}).err, "OMP_WAIT_POLICY = 'ACTIVE'"), 1);
  EXPECT_EQ(count(info_with(place, {show, {"GOMP_SPINCOUNT", "77"}}).err, "GOMP_SPINCOUNT = '77'"), 1);
}

TEST_F(Loading, StartsOnceAndWithoutPcl) {
  const std::string log = info_with(place, {{"LD_DEBUG", "libs"}}).err;
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
