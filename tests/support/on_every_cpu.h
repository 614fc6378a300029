// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>

#include "core/device/cpu.h"

namespace treewalk {

/// Tests that run once for each instruction set that the library has code for, and that this machine has.
struct OnEveryCpu : testing::TestWithParam<Cpu> {
  void SetUp() override {
    if (GetParam() > best_cpu()) GTEST_SKIP() << "this machine has no " << name_of(GetParam());
    before_ = cpu();
    use_cpu(GetParam());
  }
  void TearDown() override { use_cpu(before_); }

 private:
  Cpu before_ = best_cpu();
};

namespace test {

/// Does the work once for each of them, the least one first.
template <class Work>
void on_every_cpu(const Work& work) {
  const Cpu before = cpu();
  for (const Cpu set : {Cpu::kBaseline, Cpu::kAvx2, Cpu::kAvx512})
    if (set <= best_cpu()) {
      use_cpu(set);
      work();
    }
  use_cpu(before);
}

}  // namespace test
}  // namespace treewalk
