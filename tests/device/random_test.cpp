// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace treewalk {
namespace {

void expect_block(const RandomBlock& block, std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  EXPECT_EQ(block.word[0], a);
  EXPECT_EQ(block.word[1], b);
  EXPECT_EQ(block.word[2], c);
  EXPECT_EQ(block.word[3], d);
}

// The known-answer vectors that Random123 publishes for philox4x32-10.
TEST(Philox, GivesThePublishedVectors) {
  expect_block(philox4x32({{0, 0, 0, 0}}, 0, 0), 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
  expect_block(philox4x32({{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}}, 0xffffffff, 0xffffffff), 0x408f276d,
               0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
  expect_block(philox4x32({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0), 0xd16cfe09,
               0x94fdcceb, 0x5001e420, 0x24126ea1);
}

TEST(RandomStream, IsUniformInItsCells) {
  RandomStream stream(7, 3);
  std::vector<int> count(16);
  for (int i = 0; i < 160000; ++i) ++count[static_cast<int>(stream.uniform() * 16)];
  double chi = 0;
  for (const int c : count) chi += (c - 10000.0) * (c - 10000.0) / 10000.0;
  EXPECT_LT(chi, 40);  // 15 degrees of freedom: exceeded once in 2000 seeds; this seed is fixed
}

TEST(RandomStream, NormalHasTheMomentsAndTheTailOfTheNormalDistribution) {
  RandomStream stream(1, "moments", 2);
  const int n = 200000;
  double sum = 0, square = 0, fourth = 0, beyond = 0;
  for (int i = 0; i < n; ++i) {
    const double x = stream.normal();
    sum += x;
    square += x * x;
    fourth += x * x * x * x;
    beyond += std::fabs(x) > 3.442619855899;
  }
  EXPECT_NEAR(sum / n, 0, 0.01);
  EXPECT_NEAR(square / n, 1, 0.015);
  EXPECT_NEAR(fourth / n, 3, 0.1);
  EXPECT_NEAR(beyond / n, 5.76e-4, 2e-4);
}

TEST(RandomStream, WholeNumbersFactorsAndChancesStayInTheirRanges) {
  RandomStream stream(2, 5);
  std::vector<int> count(4);
  int often = 0;
  double log_sum = 0;
  for (int i = 0; i < 40000; ++i) {
    ++count[stream.integer(-1, 2) + 1];
    often += stream.chance(0.25);
    EXPECT_FALSE(stream.chance(0));
    EXPECT_TRUE(stream.chance(1));
    const double factor = stream.log_uniform(0.5, 2);
    EXPECT_GE(factor, 0.5 * (1 - 1e-12));
    EXPECT_LE(factor, 2 * (1 + 1e-12));
    log_sum += std::log(factor);
  }
  for (const int c : count) EXPECT_NEAR(c, 10000, 5 * 87);
  EXPECT_NEAR(often, 10000, 5 * 87);
  EXPECT_NEAR(log_sum / 40000, 0, 0.01) << "a factor and its inverse are equally likely";
  EXPECT_EQ(stream.integer(7, 7), 7);
}

TEST(RandomStream, NamesNumbersAndSeedsGiveOtherNumbers) {
  std::set<std::uint32_t> first;
  for (std::uint64_t seed : {0, 1})
    for (std::uint64_t number : {0, 1})
      for (const char* name : {"roll", "tilt"}) first.insert(RandomStream(seed, name, number).word());
  EXPECT_EQ(first.size(), 8u);
  EXPECT_EQ(RandomStream(1, "roll", 1).word(), RandomStream(1, "roll", 1).word());
}

TEST(RandomStream, DependsOnSeedAndStreamOnly) {
  RandomStream a(5, 9), b(5, 9), c(5, 10), d(6, 9);
  const auto first = a.word();
  EXPECT_EQ(first, b.word());
  EXPECT_NE(first, c.word());
  EXPECT_NE(first, d.word());
}

}  // namespace
}  // namespace treewalk
