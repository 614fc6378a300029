// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/distributed/piece_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace treewalk {
namespace {

/// A sum written out: "(0+1)+2" and the like, by which two orders are told apart.
std::string written(const PieceSpan& span) {
  return sum_over(
      span, [](const PieceSpan& s) { return s.size() == 1; },
      [](const PieceSpan& s) { return std::to_string(s.first); },
      [](const std::string& a, const std::string& b) { return "(" + a + "+" + b + ")"; });
}

TEST(PieceTree, HalvesOfHalves) {
  EXPECT_EQ(written({0, 1}), "0");
  EXPECT_EQ(written({0, 3}), "(0+(1+2))");
  EXPECT_EQ(written({0, 4}), "((0+1)+(2+3))");
  EXPECT_EQ(written({0, 5}), "((0+1)+(2+(3+4)))");
}

TEST(PieceTree, RanksShareOutAllPieces) {
  for (int pieces = 1; pieces <= 40; ++pieces)
    for (int ranks = 1; ranks <= pieces; ++ranks) {
      std::int64_t next = 0;
      for (int r = 0; r < ranks; ++r) {
        const auto own = pieces_of_rank(pieces, r, ranks);
        EXPECT_EQ(own.first, next);
        EXPECT_GE(own.size(), pieces / ranks);
        EXPECT_LE(own.size(), (pieces + ranks - 1) / ranks);
        next = own.last;
      }
      EXPECT_EQ(next, pieces);
    }
}

TEST(PieceTree, TheOrderIsTheSameForAnyNumberOfRanks) {
  for (int pieces = 1; pieces <= 40; ++pieces)
    for (int ranks = 1; ranks <= pieces; ++ranks) {
      std::vector<PieceSpan> spans;
      for (int r = 0; r < ranks; ++r) {
        const auto own = pieces_of_rank(pieces, r, ranks);
        const auto of_rank = spans_of_rank(pieces, r, ranks);
        auto next = own.first;
        for (const auto& span : of_rank) {
          EXPECT_EQ(span.first, next) << "in order, without gaps";
          next = span.last;
        }
        EXPECT_EQ(next, own.last);
        spans.insert(spans.end(), of_rank.begin(), of_rank.end());
      }
      // What ranks sum by themselves, put together.
      const auto total = sum_over(
          PieceSpan{0, pieces},
          [&](const PieceSpan& s) { return std::find(spans.begin(), spans.end(), s) != spans.end(); }, written,
          [](const std::string& a, const std::string& b) { return "(" + a + "+" + b + ")"; });
      EXPECT_EQ(total, written({0, pieces})) << pieces << " pieces, " << ranks << " ranks";
    }
}

TEST(PieceTree, PowersOfTwoAmongThemselvesMakeOneSpanEach) {
  for (const int ranks : {1, 2, 4, 8})
    for (int r = 0; r < ranks; ++r) EXPECT_EQ(spans_of_rank(24, r, ranks).size(), 1U) << ranks;
}

}  // namespace
}  // namespace treewalk
