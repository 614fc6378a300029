// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/key.h"

#include <gtest/gtest.h>

namespace treewalk {
namespace {

TEST(Key, NumbersAreWrittenAsPeopleDo) {
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(0.5), "0.5");
  EXPECT_EQ(number_text(-3), "-3");
  EXPECT_EQ(number_text(1e6), "1000000");
  EXPECT_EQ(number_text(1e9), "1e9");
  EXPECT_EQ(number_text(1.5e12), "1.5e12");
  EXPECT_EQ(number_text(1e-6), "1e-6");
  EXPECT_EQ(number_text(0.999999), "0.999999");
}

TEST(Key, HintsAreForWhatIsNear) {
  EXPECT_EQ(hint_for("epochs", "network", {"levels"}), " here; it belongs to \"training\"");
  EXPECT_EQ(hint_for("levls", "network", {"levels"}), "; did you mean \"levels\"?");
  EXPECT_EQ(hint_for("levls", "training", {"epochs"}), "; did you mean \"network.levels\"?");
  EXPECT_EQ(hint_for("quaternion_flux", "training", {"epochs"}), "");
}

}  // namespace
}  // namespace treewalk
