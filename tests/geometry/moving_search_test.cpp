// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// MovingSearch against a plain list of points, and against a PointSearch that is made anew.
#include "treewalk/moving_search.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/geometry/moving_search_support.h"
#include "tests/support/error_of.h"
#include "tests/support/on_every_cpu.h"
#include "treewalk/search.h"

namespace treewalk {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Found found(const std::int64_t* number, const float* distance, std::int64_t count) {
  Found result;
  for (std::int64_t i = 0; i < count; ++i) result.emplace_back(distance[i], number[i]);
  return result;
}

// Every query form against the list of all distances.
void compare(const MovingSearch& search, const PlainMap& plain, const std::vector<double>& query, int k,
             double radius) {
  ASSERT_EQ(search.size(), static_cast<std::int64_t>(plain.points.size()));
  ASSERT_EQ(search.next_number(), plain.next);
  const std::size_t queries = query.size() / 3;
  std::vector<Found> near(queries), ball(queries), ball_of_3(queries);
  const auto into = [](std::vector<Found>& to) {
    return [&to](std::int64_t i, const std::int64_t* number, const float* distance, std::int64_t count) {
      const Found row = found(number, distance, count);
      to[static_cast<std::size_t>(i)].insert(to[static_cast<std::size_t>(i)].end(), row.begin(), row.end());
    };
  };
  search.nearest(query.data(), static_cast<std::int64_t>(queries), k, into(near));
  search.within(query.data(), static_cast<std::int64_t>(queries), radius, into(ball));
  search.within(query.data(), static_cast<std::int64_t>(queries), radius, into(ball_of_3), 3);
  for (std::size_t i = 0; i < queries; ++i) {
    const double* at = query.data() + 3 * i;
    Found expected = plain.all(at), expected_ball;
    for (const auto& one : expected)
      if (one.first < static_cast<float>(radius * radius)) expected_ball.push_back(one);
    expected.resize(std::min(expected.size(), static_cast<std::size_t>(k)));
    ASSERT_EQ(near[i], expected) << i;
    ASSERT_EQ(ball[i], expected_ball) << i;
    std::vector<std::int64_t> number(static_cast<std::size_t>(k));
    std::vector<float> distance(number.size());
    const int count = search.nearest(at, k, number.data(), distance.data());
    ASSERT_EQ(found(number.data(), distance.data(), count), expected) << i;
    search.within(at, radius, number, distance);
    ASSERT_EQ(found(number.data(), distance.data(), static_cast<std::int64_t>(number.size())), expected_ball) << i;
    expected_ball.resize(std::min<std::size_t>(expected_ball.size(), 3));
    ASSERT_EQ(ball_of_3[i], expected_ball) << i;
  }
}

// Places of the lattice, others, and one that is not finite.
std::vector<double> some_queries(std::size_t count, std::mt19937& random, double x) {
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<double> query;
  for (std::size_t i = 0; i < count; ++i)
    for (int axis = 0; axis < 3; ++axis) {
      const double at = i % 2 ? unit(random) : 0.125 * std::floor(7 * unit(random));
      query.push_back(i == 3 && axis == 2 ? kNan : axis == 0 ? at + x : at);
    }
  return query;
}

AxisBox some_box(std::mt19937& random, double x) {
  std::uniform_real_distribution<double> unit(-0.2, 1.2);
  AxisBox box;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double a = std::floor(8 * unit(random)) / 8, b = std::floor(8 * unit(random)) / 8;  // faces on the lattice
    box.lower[axis] = std::min(a, b) + (axis == 0 ? x : 0);
    box.upper[axis] = std::max(a, b) + (axis == 0 ? x : 0);
  }
  return box;
}

// Anything in any order, by maps that are small, that grow, and that move along x.
TEST_P(OnEveryCpu, RandomSequencesGiveWhatAListGives) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    std::mt19937 random(seed);
    MovingSearch search({0, 0, 0}, 1 + static_cast<int>(seed % 2));
    PlainMap plain;
    const std::size_t step = seed < 2 ? 40 : seed < 4 ? 700 : 2500;
    for (int turn = 0; turn < 25; ++turn) {
      const float x = seed % 3 == 0 ? 0 : 0.05f * static_cast<float>(turn);
      switch (random() % 8) {
        case 0: {
          const AxisBox box = some_box(random, x);
          ASSERT_EQ(search.forget_inside(box), plain.forget(box, true));
          break;
        }
        case 1: {
          AxisBox box = some_box(random, x);
          if (turn % 2 == 0) box = {{x - 0.3, -0.1, -0.1}, {x + 0.9, 1.1, 0.9}};
          ASSERT_EQ(search.forget_outside(box), plain.forget(box, false));
          break;
        }
        case 2:
        case 3: {
          const auto count = static_cast<std::int64_t>(random() % (3 * step));
          ASSERT_EQ(search.forget_oldest(count), plain.forget_oldest(count));
          break;
        }
        case 4:
          if (turn % 2 == 0) search.settle();
          break;
        default: {
          const XyzRows<float> rows = some_rows(random() % (2 * step), random, x);
          ASSERT_EQ(search.add(rows.view()), plain.next);
          plain.add(rows);
        }
      }
      const int k[] = {1, 2, 5, 8, 9, 17, 60};
      compare(search, plain, some_queries(12, random, double{x}), k[turn % 7], 0.125);
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", turn " << turn;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(MovingSearch, OnEveryCpu, testing::Values(Cpu::kBaseline, Cpu::kAvx2, Cpu::kAvx512),
                         [](const auto& info) { return name_of(info.param); });

// A search made anew counts the points that are there from 0; the map's numbers are these, in the same order.
TEST(MovingSearch, GivesTheBitsOfASearchMadeAnew) {
  std::mt19937 random(7);
  MovingSearch search;
  PlainMap plain;
  for (int turn = 0; turn < 12; ++turn) {
    const XyzRows<float> rows = some_rows(3000, random, 0.1f * static_cast<float>(turn));
    search.add(rows.view());
    plain.add(rows);
    if (turn > 3) {
      search.forget_oldest(2900);
      plain.forget_oldest(2900);
    }
    XyzRows<float> live;
    for (const auto& point : plain.points) live.xyz.insert(live.xyz.end(), point.at, point.at + 3);
    const PointSearch anew(live.view());
    ASSERT_EQ(search.size(), anew.size());
    const auto queries = static_cast<std::int64_t>(rows.xyz.size() / 3);
    const std::vector<double> query(rows.xyz.begin(), rows.xyz.end());
    std::vector<Found> expected(static_cast<std::size_t>(queries)), mine(expected.size());
    anew.nearest(query.data(), queries, 5,
                 [&](std::int64_t i, const std::int32_t* index, const float* d, std::int64_t n) {
                   for (std::int64_t j = 0; j < n; ++j)
                     expected[static_cast<std::size_t>(i)].emplace_back(
                         d[j], plain.points[static_cast<std::size_t>(index[j])].number);
                 });
    search.nearest(query.data(), queries, 5,
                   [&](std::int64_t i, const std::int64_t* number, const float* d, std::int64_t n) {
                     mine[static_cast<std::size_t>(i)] = found(number, d, n);
                   });
    ASSERT_EQ(mine, expected) << turn;
  }
}

// The thread may meet the points of a search when all of them are gone, or some, or none.
TEST(MovingSearch, AllMayBeForgottenWhileTheInnerThreadIsAtWork) {
  std::mt19937 random(9);
  MovingSearch search;
  PlainMap plain;
  for (int turn = 0; turn < 120; ++turn) {
    const XyzRows<float> rows = some_rows(turn % 4 == 3 ? 20 : 1500, random);
    search.add(rows.view());
    plain.add(rows);
    if (turn % 4 == 2) {
      const std::int64_t count = turn % 3 == 0 ? 4000 : 1000000;
      ASSERT_EQ(search.forget_oldest(count), plain.forget_oldest(count));
    }
    compare(search, plain, some_queries(4, random, 0), 3, 0.1);
    if (HasFatalFailure()) FAIL() << turn;
  }
}

TEST(MovingSearch, EqualPointsComeInTheOrderOfTheirNumbers) {
  MovingSearch search;
  XyzRows<float> rows;
  for (int i = 0; i < 3000; ++i) rows.xyz.insert(rows.xyz.end(), {1, 2, 3});
  for (int turn = 0; turn < 5; ++turn) search.add(rows.view());
  search.forget_oldest(4321);
  const double query[3] = {1, 2, 3};
  std::vector<std::int64_t> number(100);
  std::vector<float> distance(100);
  for (const int k : {1, 3, 8, 20, 100}) {
    ASSERT_EQ(search.nearest(query, k, number.data(), distance.data()), k);
    for (int i = 0; i < k; ++i) ASSERT_EQ(number[static_cast<std::size_t>(i)], 4321 + i);
  }
  search.within(query, 1, number, distance);
  ASSERT_EQ(number.size(), 15000u - 4321u);
  EXPECT_EQ(number.front(), 4321);
  EXPECT_EQ(number.back(), 14999);
}

TEST(MovingSearch, OddRequestsFindNothing) {
  const double origin[3] = {0, 0, 0}, nowhere[3] = {0, kNan, 0}, far[3] = {1e300, 0, 0};
  std::vector<std::int64_t> number(60, 7);
  std::vector<float> distance(60);
  MovingSearch search;
  int taken = 0;
  const auto take = [&](std::int64_t, const std::int64_t*, const float*, std::int64_t count) {
    ++taken;
    EXPECT_EQ(count, 0);
  };
  const auto nothing = [&] {
    EXPECT_EQ(search.size(), 0);
    EXPECT_EQ(search.nearest(origin, 3, number.data(), distance.data()), 0);
    search.within(origin, kInfinity, number, distance);
    EXPECT_TRUE(number.empty());
    number.resize(60);
    distance.resize(60);
    taken = 0;
    search.nearest(origin, 1, 3, take);
    search.within(origin, 1, 1.0, take);
    EXPECT_EQ(taken, 2);
    EXPECT_EQ(search.forget_oldest(5), 0);
    EXPECT_EQ(search.forget_inside({{-9, -9, -9}, {9, 9, 9}}), 0);
    EXPECT_EQ(search.forget_outside({}), 0);
    search.settle();
  };
  nothing();
  EXPECT_EQ(search.add({nullptr, 0, 0, {}}), 0);
  EXPECT_EQ(search.next_number(), 0);
  std::mt19937 random(1);
  const XyzRows<float> rows = some_rows(50, random);
  EXPECT_EQ(search.add(rows.view()), 0);
  EXPECT_EQ(search.next_number(), 50) << "rows that are not finite have numbers";
  EXPECT_EQ(search.size(), 47);
  EXPECT_EQ(search.nearest(origin, 0, number.data(), distance.data()), 0);
  EXPECT_EQ(search.nearest(origin, -3, number.data(), distance.data()), 0);
  EXPECT_EQ(search.nearest(nowhere, 3, number.data(), distance.data()), 0);
  EXPECT_EQ(search.nearest(far, 3, number.data(), distance.data()), 0);
  EXPECT_EQ(search.nearest(origin, 60, number.data(), distance.data()), 47);
  for (const double radius : {0.0, -1.0, kNan}) {
    search.within(origin, radius, number, distance);
    EXPECT_TRUE(number.empty()) << radius;
  }
  search.within(origin, kInfinity, number, distance);
  EXPECT_EQ(number.size(), 47u);
  number.resize(60);
  distance.resize(60);
  EXPECT_EQ(search.forget_inside({{0, 0, 0}, {1, kNan, 1}}), 0);
  EXPECT_EQ(search.forget_inside({{1, 1, 1}, {0, 0, 0}}), 0);
  EXPECT_EQ(search.forget_oldest(-2), 0);
  EXPECT_EQ(search.forget_oldest(1000), 47);
  nothing();
  EXPECT_EQ(search.add(rows.view()), 50);

  EXPECT_EQ(error_of([&] { search.add({nullptr, 1, 0, {}}); }).empty(), false);
  EXPECT_EQ(search.next_number(), 100) << "as it was before the error";
  EXPECT_NE(error_of([] { MovingSearch({0, kInfinity, 0}); }).find("axis y"), std::string::npos);
}

TEST(MovingSearch, FarPointsAreNobodysNeighbours) {
  MovingSearch search;
  XyzRows<float> rows;
  rows.xyz = {1e30f, 0, 0, 1, 0, 0, 0, 0, -3e38f};
  search.add(rows.view());
  EXPECT_EQ(search.size(), 3);
  std::vector<std::int64_t> number(3);
  std::vector<float> distance(3);
  const double near[3] = {0, 0, 0}, far[3] = {1e30, 0, 0};
  ASSERT_EQ(search.nearest(near, 3, number.data(), distance.data()), 1);
  EXPECT_EQ(number[0], 1);
  ASSERT_EQ(search.nearest(far, 3, number.data(), distance.data()), 1);
  EXPECT_EQ(number[0], 0);
}

TEST(MovingSearch, GeoreferencedMapsAreSearchedToTheMillimetre) {
  const std::array<double, 3> origin{691000, 5335000, 500};
  MovingSearch search(origin);
  PlainMap plain(origin);
  for (int turn = 0; turn < 3; ++turn) {
    XyzRows<double> rows;
    for (int i = 0; i < 1500; ++i)
      rows.xyz.insert(rows.xyz.end(), {691000.0 + 0.001 * (1500 * turn + i), 5335000.0, 512.0});
    search.add(rows.view());
    plain.add(rows);
  }
  const AxisBox box{{691001, 5334999, 500}, {691002, 5335001, 600}};
  EXPECT_EQ(search.forget_inside(box), plain.forget(box, true));
  EXPECT_NEAR(static_cast<double>(search.size()), 3499, 1);
  compare(search, plain, {691000.2504, 5335000, 512, 691001.5, 5335000, 512, 691004, 5335000.1, 511.9}, 3, 0.0015);
  EXPECT_EQ(search.origin(), origin);
}

TEST(MovingSearch, MovesWithWhatItSearches) {
  std::mt19937 random(3);
  MovingSearch first;
  PlainMap plain;
  for (int turn = 0; turn < 6; ++turn) {  // the inner thread may be at work
    const XyzRows<float> rows = some_rows(2000, random);
    first.add(rows.view());
    plain.add(rows);
  }
  MovingSearch second(std::move(first));
  const auto query = some_queries(8, random, 0);
  compare(second, plain, query, 5, 0.1);
  MovingSearch third;
  third = std::move(second);
  EXPECT_EQ(third.forget_oldest(5000), plain.forget_oldest(5000));
  compare(third, plain, query, 5, 0.1);
}

// Between two changes of the map, whether or not the inner thread is at work.
TEST(MovingSearch, ManyThreadsMayAskAtOnce) {
  std::mt19937 random(5);
  MovingSearch search({0, 0, 0}, 2);
  PlainMap plain;
  for (int turn = 0; turn < 12; ++turn) {
    const XyzRows<float> rows = some_rows(2000, random);
    search.add(rows.view());
    plain.add(rows);
    search.forget_oldest(turn > 4 ? 1900 : 0);
    plain.forget_oldest(turn > 4 ? 1900 : 0);
    const auto query = some_queries(8, random, 0);
    std::vector<Found> expected;
    for (std::size_t i = 0; i < 8; ++i) {
      expected.push_back(plain.all(query.data() + 3 * i));
      expected.back().resize(std::min<std::size_t>(expected.back().size(), 5));
    }
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < 8; ++i) {
          std::int64_t number[5];
          float distance[5];
          const int count = search.nearest(query.data() + 3 * i, 5, number, distance);
          wrong += found(number, distance, count) != expected[i];
        }
        if (t < 2)
          search.nearest(query.data(), 8, 5,
                         [&](std::int64_t i, const std::int64_t* number, const float* d, std::int64_t n) {
                           wrong += found(number, d, n) != expected[static_cast<std::size_t>(i)];
                         });
      });
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(wrong, 0) << turn;
  }
}

}  // namespace
}  // namespace treewalk
