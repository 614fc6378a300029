// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/public_errors.h"

#include <gtest/gtest.h>

#include "tests/support/error_of.h"

namespace treewalk {
namespace {

template <class Work>
std::string sentence_of(const Work& work, const char* advice) {
  return error_of([&] { with_public_errors(work, advice); });
}

TEST(PublicErrors, AreSentencesWithAdviceWhereMemoryRunsOut) {
  const auto exhausted = [] { throw std::bad_alloc(); };
  EXPECT_EQ(sentence_of(exhausted, "use smaller clouds"), "not enough memory; use smaller clouds");
  EXPECT_EQ(sentence_of(exhausted, ""), "not enough memory");
  EXPECT_EQ(sentence_of([] { TORCH_CHECK(false, "k is ", 3); }, "use smaller clouds"), "k is 3");
  EXPECT_EQ(sentence_of([] { throw Error("as it is"); }, ""), "as it is");
  EXPECT_EQ(with_public_errors([] { return 7; }), 7);
}

}  // namespace
}  // namespace treewalk
