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

}  // namespace treewalk
