// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Searches among rows of any length against plain loops: both ways, every instruction set of this machine.
#include "core/geometry/row_index.h"

#include <gtest/gtest.h>

#include "core/device/cpu.h"
#include "core/device/threads.h"
#include "tests/support/row_oracle.h"

namespace treewalk {
namespace {

using test::Distances;
using test::Rows;
using Found = std::vector<Distances<float>>;

const std::vector<std::int64_t> kColumns{1,  2,  3,  4,  5,  6,  7,  8,  9,  10,  11,
                                         12, 13, 14, 15, 16, 17, 32, 33, 64, 125, 352};

PointSearch::Take into(Found& to) {
  return [&to](std::int64_t i, const std::int32_t* index, const float* distance, std::int64_t count) {
    for (std::int64_t j = 0; j < count; ++j) to[static_cast<std::size_t>(i)].emplace_back(distance[j], index[j]);
  };
}

/// The searches in every way, of finite rows under names of their own.
template <class T>
struct Ways {
  std::vector<T> value;
  std::vector<std::int32_t> name;
  std::vector<RowIndex<T>> index;

  explicit Ways(const Rows<T>& rows) {
    for (std::int64_t i = 0; i < rows.size(); ++i) {
      const T* row = rows.row(i);
      if (!std::all_of(row, row + rows.columns, [](T x) { return std::isfinite(x); })) continue;
      value.insert(value.end(), row, row + rows.columns);
      name.push_back(static_cast<std::int32_t>(i));
    }
    for (const RowWay way : {RowWay::kTree, RowWay::kScan})
      index.emplace_back(value.data(), static_cast<std::int64_t>(name.size()), rows.columns, name.data(), way);
  }
};

struct EveryCpu {
  EveryCpu() : before(cpu()) {}
  ~EveryCpu() { use_cpu(before); }
  Cpu before;
};

/// Every verb of every way against loops. numbers: of neighbours; a radius that holds about 20 rows.
template <class T>
void compare(const std::string& kind, std::int64_t size, std::int64_t columns, std::int64_t many,
             const std::vector<std::int64_t>& numbers) {
  SCOPED_TRACE(kind + ", " + std::to_string(size) + " x " + std::to_string(columns));
  const auto seed = static_cast<unsigned>(size * 400 + columns);
  const Rows<T> rows = test::make_rows<T>(kind, size, columns, seed);
  const Rows<T> queries = test::make_queries(rows, many, seed + 1);
  std::vector<Distances<T>> expected;
  double radius = 1;
  for (std::int64_t i = 0; i < many; ++i) {
    expected.push_back(test::all_distances(rows, queries.row(i)));
    if (!expected[0].empty())
      radius = std::sqrt(static_cast<double>(expected[0][std::min<std::size_t>(20, expected[0].size() - 1)].first));
  }
  const Ways<T> ways(rows);
  const EveryCpu restored;
  int turn = 0;
  for (const auto& index : ways.index)
    for (const Cpu set : {Cpu::kBaseline, Cpu::kAvx2, Cpu::kAvx512}) {
      if (set > best_cpu()) continue;
      use_cpu(set);
      const int threads[] = {1, 2, 8};
      const ThreadCount count(threads[turn++ % 3]);
      for (const std::int64_t k : numbers) {
        Found found(static_cast<std::size_t>(many));
        index.nearest(queries.value.data(), many, k, into(found));
        for (std::int64_t i = 0; i < many; ++i)
          ASSERT_EQ(found[static_cast<std::size_t>(i)],
                    test::rounded(expected[static_cast<std::size_t>(i)], static_cast<std::size_t>(k)))
              << "k = " << k << ", query " << i << ", " << name_of(set) << ", way " << static_cast<int>(index.way());
      }
      Found ball(static_cast<std::size_t>(many)), ball_of_3(ball.size()), loose(ball.size());
      index.within(queries.value.data(), many, radius, into(ball), true, 0);
      index.within(queries.value.data(), many, radius, into(ball_of_3), true, 3);
      index.within(queries.value.data(), many, radius, into(loose), false, 0);
      for (std::size_t i = 0; i < ball.size(); ++i) {
        Distances<T> inside;
        for (const auto& one : expected[i])
          if (one.first < static_cast<T>(radius * radius)) inside.push_back(one);
        ASSERT_EQ(ball[i], test::rounded(inside, inside.size())) << i;
        ASSERT_EQ(ball_of_3[i], test::rounded(inside, 3)) << i;
        std::sort(loose[i].begin(), loose[i].end());
        auto sorted = ball[i];
        std::sort(sorted.begin(), sorted.end());
        ASSERT_EQ(loose[i], sorted) << i;
      }
    }
}

template <class T>
struct RowIndexOf : testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(RowIndexOf, Types);

TYPED_TEST(RowIndexOf, FindsWhatLoopsFindAmongFewRows) {
  for (const std::string& kind : test::kinds_of_rows())
    for (const std::int64_t columns : kColumns)
      for (const std::int64_t size : {0, 1, 15, 16, 17, 63, 64, 65})
        if (columns < 18 || size % 16 == 1) compare<TypeParam>(kind, size, columns, 8, {1, 8, size, size + 5});
}

TYPED_TEST(RowIndexOf, FindsWhatLoopsFindAmongAThousandRows) {
  for (const std::string& kind : test::kinds_of_rows())
    for (const std::int64_t columns : kColumns)
      if (columns < 18 || columns % 2 == 1 || kind == "random")
        compare<TypeParam>(kind, 1000, columns, 12, {1, 8, columns % 4 == 0 ? 1000 : 30, columns % 4 == 1 ? 1005 : 24});
}

TYPED_TEST(RowIndexOf, FindsWhatLoopsFindAmongManyRows) {
  for (const std::string& kind : test::kinds_of_rows())
    for (const std::int64_t columns : {3, 4, 6, 17, 33})
      if (columns < 7 || kind == "clusters" || kind == "lattice") compare<TypeParam>(kind, 20000, columns, 9, {1, 8});
  compare<TypeParam>("lattice", 20000, 4, 3, {20000, 20005});
}

// The nearest of many points on few places of a lattice, whose distances are often equal: the bounds of a tree come
// close to them, and what is rounded must not cost a row.
TYPED_TEST(RowIndexOf, LosesNoRowThatIsJustAsFarAsABound) {
  for (const std::int64_t columns : {4, 5, 9}) {
    for (const TypeParam offset : {TypeParam(0), TypeParam(1e5), TypeParam(-12345.7)}) {
      Rows<TypeParam> rows = test::make_rows<TypeParam>("lattice", 3000, columns, 5);
      for (TypeParam& value : rows.value) value = value * TypeParam(0.7) + offset;
      const Ways<TypeParam> ways(rows);
      for (std::int64_t i = 0; i < 3000; i += 29) {
        const auto expected = test::rounded(test::all_distances(rows, rows.row(i)), 40);
        for (const auto& index : ways.index) {
          std::vector<std::int32_t> name(40);
          std::vector<float> distance(40);
          ASSERT_EQ(index.nearest(rows.row(i), 40, name.data(), distance.data()), 40);
          for (std::size_t j = 0; j < 40; ++j) ASSERT_EQ(std::pair(distance[j], name[j]), expected[j]) << i << " " << j;
        }
      }
    }
  }
}

// Steps whose squares are no normal numbers any more, and some that are too large for float32.
TEST(RowIndex, ComparesAsLoopsDoWhereSquaresVanishOrOverflow) {
  for (const float scale : {1e-22f, 3e-20f, 1e18f, 5e18f}) {
    Rows<float> rows = test::make_rows<float>("random", 2000, 5, 3);
    for (float& value : rows.value) value *= scale;
    const Ways<float> ways(rows);
    for (std::int64_t i = 0; i < 2000; i += 97) {
      const auto expected = test::rounded(test::all_distances(rows, rows.row(i)), 50);
      for (const auto& index : ways.index) {
        std::vector<std::int32_t> name(50);
        std::vector<float> distance(50);
        const int found = index.nearest(rows.row(i), 50, name.data(), distance.data());
        ASSERT_EQ(static_cast<std::size_t>(found), expected.size());
        for (std::size_t j = 0; j < expected.size(); ++j)
          ASSERT_EQ(std::pair(distance[j], name[j]), expected[j]) << scale << " " << i << " " << j;
      }
    }
  }
}

TEST(RowIndex, ScansWhereATreeDoesNotPrune) {
  const auto way = [](const std::string& kind, std::int64_t columns) {
    const Rows<float> rows = test::make_rows<float>(kind, 20000, columns, 1);
    std::vector<std::int32_t> name(20000);
    for (std::size_t i = 0; i < name.size(); ++i) name[i] = static_cast<std::int32_t>(i);
    return RowIndex<float>(rows.value.data(), 20000, columns, name.data()).way();
  };
  EXPECT_EQ(way("random", 4), RowWay::kTree);
  EXPECT_EQ(way("random", 32), RowWay::kScan);
  EXPECT_EQ(way("clusters", 4), RowWay::kTree);
}

}  // namespace
}  // namespace treewalk
