// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/strict_json.h"

#include <gtest/gtest.h>

namespace treewalk {
namespace {

TEST(StrictJson, RefusesAKeyGivenTwice) {
  EXPECT_NO_THROW(parse_json(R"({"a": {"b": 1}, "c": {"b": 1}})", "text"));
  EXPECT_THROW(parse_json(R"({"a": 1, "b": [{"c": 1, "c": 2}]})", "text"), Error);
}

TEST(StrictJson, RefusesNestingThatWouldExhaustTheStack) {
  const auto nested = [](int levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_NO_THROW(parse_json(nested(60), "text"));
  for (const int levels : {70, 1000000}) {
    EXPECT_THROW(parse_json(nested(levels), "text"), Error);
    EXPECT_THROW(parse_json(std::string(levels, '['), "text"), Error);
  }
}

TEST(StrictJson, RepeatsOnlyALittleOfADamagedText) {
  try {
    parse_json('"' + std::string(100000, 'x'), "text");
    FAIL();
  } catch (const Error& error) {
    EXPECT_LT(std::string(error.what()).size(), 400u);
  }
}

}  // namespace
}  // namespace treewalk
