// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/cpu.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace treewalk {
namespace {

/// The choice is made once in a process, so each is made in a child: prints the set, or the error, and exits.
[[noreturn]] void say_choice(const char* wanted) {
  setenv("TREEWALK_CPU", wanted, 1);
  try {
    std::fprintf(stderr, "chosen: %s\n", cpu_capability());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    std::exit(1);
  }
  std::exit(0);
}

TEST(TreewalkCpu, TakesWhatTheVariableNames) {
  for (const Cpu set : {Cpu::kBaseline, Cpu::kAvx2, Cpu::kAvx512}) {
    const std::string name = name_of(set);
    if (set <= best_cpu())
      EXPECT_EXIT(say_choice(name.c_str()), testing::ExitedWithCode(0), "chosen: " + name);
    else
      EXPECT_EXIT(say_choice(name.c_str()), testing::ExitedWithCode(1), "asks for " + name + ", but this machine has");
  }
  EXPECT_EXIT(say_choice(""), testing::ExitedWithCode(0), std::string("chosen: ") + name_of(best_cpu()));
  EXPECT_EXIT(say_choice("sse9"), testing::ExitedWithCode(1), "must be baseline, avx2 or avx512, got 'sse9'");
}

}  // namespace
}  // namespace treewalk
