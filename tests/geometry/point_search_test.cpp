// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// PointSearch against all distances, for every instruction set of this machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <utility>

#include "tests/support/on_every_cpu.h"
#include "tests/support/xyz_rows.h"
#include "treewalk/search.h"
#include "treewalk/structure.h"

namespace treewalk {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Half of the points lie on a lattice of few places, so that many distances are equal; every 17th is not finite.
XyzRows<float> some_points(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> unit(0, 1);
  std::uniform_int_distribution<int> place(0, 6);
  XyzRows<float> points;
  for (std::size_t i = 0; i < size; ++i)
    for (int axis = 0; axis < 3; ++axis)
      points.xyz.push_back(i % 17 == 5 && axis == 1 ? static_cast<float>(i % 2 ? kNan : kInfinity)
                           : i % 2                  ? unit(random)
                                                    : 0.125f * static_cast<float>(place(random)));
  return points;
}

using Found = std::vector<std::pair<float, std::int32_t>>;

// All points by (distance, index); volatile: no fused operation.
Found all_distances(const XyzRows<float>& points, const double* query, const std::vector<std::int32_t>& subset) {
  Found all;
  const float q[3] = {static_cast<float>(query[0]), static_cast<float>(query[1]), static_cast<float>(query[2])};
  for (const std::int32_t i : subset) {
    const float* p = points.xyz.data() + 3 * static_cast<std::size_t>(i);
    if (!std::isfinite(p[0]) || !std::isfinite(p[1]) || !std::isfinite(p[2])) continue;
    const volatile float x = p[0] - q[0], y = p[1] - q[1], z = p[2] - q[2];
    const volatile float xx = x * x, yy = y * y, zz = z * z, xy = xx + yy;
    all.emplace_back(xy + zz, i);
  }
  std::sort(all.begin(), all.end());
  return all;
}

Found found(const std::vector<std::int32_t>& index, const std::vector<float>& distance, std::size_t count) {
  Found result;
  for (std::size_t i = 0; i < count; ++i) result.emplace_back(distance[i], index[i]);
  return result;
}

std::vector<std::int32_t> all_of(std::int64_t size) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i);
  return all;
}

// Every query form of one search against all distances.
void compare(const XyzRows<float>& points, const std::vector<std::int32_t>* subset, int k, double radius) {
  const PointSearch search(points.view(), subset, 2);
  const auto candidates = subset ? *subset : all_of(points.view().size);
  std::vector<double> query;
  for (std::size_t i = 0; i < points.xyz.size(); ++i) query.push_back(double{points.xyz[i]});
  std::vector<Found> near(query.size() / 3), ball(near.size()), ball_of_3(near.size()), ball_unsorted(near.size());
  const auto into = [](std::vector<Found>& to) {
    return [&to](std::int64_t i, const std::int32_t* index, const float* distance, std::int64_t count) {
      for (std::int64_t j = 0; j < count; ++j) to[static_cast<std::size_t>(i)].emplace_back(distance[j], index[j]);
    };
  };
  const auto queries = static_cast<std::int64_t>(near.size());
  search.nearest(query.data(), queries, k, into(near), 2);
  search.within(query.data(), queries, radius, into(ball), true, 0, 2);
  search.within(query.data(), queries, radius, into(ball_of_3), true, 3, 2);
  search.within(query.data(), queries, radius, into(ball_unsorted), false, 0, 2);
  for (std::size_t i = 0; i < near.size(); ++i) {
    const double* at = query.data() + 3 * i;
    Found expected, expected_ball;
    if (std::isfinite(at[0]) && std::isfinite(at[1]) && std::isfinite(at[2])) {
      expected = all_distances(points, at, candidates);
      for (const auto& one : expected)
        if (one.first < static_cast<float>(radius * radius)) expected_ball.push_back(one);
      expected.resize(std::min(expected.size(), static_cast<std::size_t>(k)));
    }
    ASSERT_EQ(near[i], expected) << i;
    ASSERT_EQ(ball[i], expected_ball) << i;
    std::sort(ball_unsorted[i].begin(), ball_unsorted[i].end());
    ASSERT_EQ(ball_unsorted[i], expected_ball) << i;
    std::vector<std::int32_t> index(static_cast<std::size_t>(k));
    std::vector<float> distance(index.size());
    const int count = search.nearest(at, k, index.data(), distance.data());
    ASSERT_EQ(found(index, distance, static_cast<std::size_t>(count)), expected) << i;
    search.within(at, radius, index, distance);
    ASSERT_EQ(found(index, distance, index.size()), expected_ball) << i;
    expected_ball.resize(std::min<std::size_t>(expected_ball.size(), 3));
    ASSERT_EQ(ball_of_3[i], expected_ball) << i;
  }
}

TEST_P(OnEveryCpu, FindsWhatAllDistancesSay) {
  for (const std::size_t size : {1, 2, 15, 16, 17, 300, 800})
    for (const int k : {1, 5, 16, 20, 60}) compare(some_points(size, static_cast<unsigned>(size)), nullptr, k, 0.25);
}

TEST_P(OnEveryCpu, FindsAmongASubsetInAnyOrder) {
  const auto points = some_points(900, 3);
  std::vector<std::int32_t> subset;
  for (int i = 899; i > 0; i -= 1 + i % 3) subset.push_back(i);
  compare(points, &subset, 9, 0.125);  // the lattice's step: points on the sphere are left out
  subset.clear();
  compare(points, &subset, 9, 0.125);
}

INSTANTIATE_TEST_SUITE_P(PointSearch, OnEveryCpu, testing::Values(Cpu::kBaseline, Cpu::kAvx2, Cpu::kAvx512),
                         [](const auto& info) { return name_of(info.param); });

TEST(PointSearch, OddRequestsFindNothing) {
  const auto points = some_points(50, 1);
  const PointSearch search(points.view());
  std::vector<std::int32_t> index(60, 7);
  std::vector<float> distance(60);
  const double origin[3] = {0, 0, 0}, nowhere[3] = {0, kNan, 0}, far[3] = {1e300, 0, 0};
  EXPECT_EQ(search.nearest(origin, 0, index.data(), distance.data()), 0);
  EXPECT_EQ(search.nearest(origin, -3, index.data(), distance.data()), 0);
  EXPECT_EQ(search.nearest(nowhere, 3, index.data(), distance.data()), 0);
  EXPECT_EQ(search.nearest(far, 3, index.data(), distance.data()), 0);
  EXPECT_EQ(search.nearest(origin, 60, index.data(), distance.data()), search.size());
  for (const double radius : {0.0, -1.0, kNan}) {
    search.within(origin, radius, index, distance);
    EXPECT_TRUE(index.empty()) << radius;
  }
  search.within(origin, kInfinity, index, distance);
  EXPECT_EQ(index.size(), static_cast<std::size_t>(search.size()));
  search.within(nowhere, 1, index, distance);
  EXPECT_TRUE(index.empty());

  const PointSearch empty(XyzRows<float>().view());
  EXPECT_EQ(empty.size(), 0);
  EXPECT_EQ(empty.nearest(origin, 3, index.data(), distance.data()), 0);
  empty.within(origin, 1, index, distance);
  EXPECT_TRUE(index.empty());
  int taken = 0;
  const auto take = [&](std::int64_t, const std::int32_t*, const float*, std::int64_t count) {
    ++taken;
    EXPECT_EQ(count, 0);
  };
  empty.nearest(origin, 1, 3, take);
  empty.within(origin, 1, 1.0, take);
  search.nearest(origin, 1, 0, take);
  EXPECT_EQ(taken, 3);

  const std::vector<std::int32_t> bad{0, 50}, negative{-1};
  EXPECT_THROW(PointSearch(points.view(), &bad), Error);
  EXPECT_THROW(PointSearch(points.view(), &negative), Error);
  EXPECT_THROW(PointSearch({nullptr, 1, 0, {}}), Error);
}

// A cube of 5 x 5 x 5 points.
XyzRows<float> cube(float step) {
  XyzRows<float> points;
  for (int i = 0; i < 125; ++i)
    for (const int at : {i % 5, i / 5 % 5, i / 25}) points.xyz.push_back(step * static_cast<float>(at));
  return points;
}

// Down to the sizes whose squares float32 holds, and up to them, the order is that of exact distances.
TEST(PointSearch, SizesThatFloatCanSquareAreSearchedAndOthersRefused) {
  for (const float step : {1e-15f, 1e-6f, 1.0f, 1e9f, 1e18f}) {
    const XyzRows<float> points = cube(step);
    const PointSearch search(points.view());
    std::vector<std::int32_t> index(125);
    std::vector<float> distance(125);
    for (const std::size_t from : {std::size_t{0}, std::size_t{62}, std::size_t{117}}) {
      const float* p = points.xyz.data();
      const double query[3] = {p[3 * from], p[3 * from + 1], p[3 * from + 2]};
      std::vector<std::pair<double, std::int32_t>> expected;  // in steps, which are whole
      for (std::int32_t i = 0; i < 125; ++i) {
        double sum = 0;
        for (std::size_t axis = 0; axis < 3; ++axis)
          sum += std::pow(std::round((p[3 * static_cast<std::size_t>(i) + axis] - query[axis]) / step), 2);
        expected.emplace_back(sum, i);
      }
      std::sort(expected.begin(), expected.end());
      ASSERT_EQ(search.nearest(query, 125, index.data(), distance.data()), 125);
      for (std::size_t i = 0; i < 125; ++i)
        EXPECT_NEAR(distance[i] / step / step, expected[i].first, 1e-4) << step << " " << i;
    }
  }
  for (const float step : {1e-44f, 1e-25f, 1e-18f, 1e19f, 1e25f, 5e37f}) {
    EXPECT_THROW(PointSearch(cube(step).view()), Error) << step;
    EXPECT_THROW(knn_graph(cube(step).view(), 3), Error) << step;
  }
  EXPECT_EQ(PointSearch(cube(0).view()).size(), 125) << "all in one place";
}

TEST(PointSearch, FarPointsAreNobodysNeighbours) {
  XyzRows<float> points = cube(1);
  points.xyz[0] = 1e30f;
  points.xyz[3 * 77 + 2] = -3e38f;
  const PointSearch search(points.view());
  std::vector<std::int32_t> index(125);
  std::vector<float> distance(125);
  const double near[3] = {1, 0, 0}, far[3] = {1e30, 0, 0};
  EXPECT_EQ(search.nearest(near, 125, index.data(), distance.data()), 123);
  EXPECT_EQ(index[0], 1);
  EXPECT_TRUE(std::isfinite(distance[122]));
  search.within(near, kInfinity, index, distance);
  EXPECT_EQ(index.size(), 123u);
  EXPECT_EQ(search.nearest(far, 2, index.data(), distance.data()), 1);
  EXPECT_EQ(index[0], 0);
  std::vector<std::int64_t> counts(3);
  const double queries[9] = {1, 0, 0, 1e30, 0, 0, 2, 2, 2};
  search.nearest(queries, 3, 124, [&](std::int64_t query, const std::int32_t*, const float*, std::int64_t found) {
    counts[static_cast<std::size_t>(query)] = found;
  });
  EXPECT_EQ(counts, (std::vector<std::int64_t>{123, 1, 123}));
  const KnnGraphArrays graph = knn_graph(points.view(), 3);
  EXPECT_EQ(graph.offset[1], 0) << "the far one has no neighbours";
  for (const float d : graph.squared_distance) EXPECT_LE(d, 12);
  EXPECT_EQ(std::count(graph.column.begin(), graph.column.end(), 77), 0);
}

TEST(PointSearch, MovesWithWhatItSearches) {
  const auto points = some_points(50, 1);
  const double origin[3] = {0, 0, 0};
  const auto nearest = [&](const PointSearch& search) {
    std::vector<std::int32_t> index(5);
    std::vector<float> distance(5);
    EXPECT_EQ(search.nearest(origin, 5, index.data(), distance.data()), 5);
    return std::pair(index, distance);
  };
  PointSearch first(points.view());
  const auto expected = nearest(first);
  PointSearch second(std::move(first));
  EXPECT_EQ(nearest(second), expected);
  PointSearch third(XyzRows<float>().view());
  third = std::move(second);
  EXPECT_EQ(nearest(third), expected);
}

TEST(PointSearch, GeoreferencedPositionsAreSearchedToTheMillimetre) {
  XyzRows<double> points;
  for (int i = 0; i < 500; ++i) points.xyz.insert(points.xyz.end(), {691000.0 + 0.001 * i, 5335000.0, 512.0});
  const PointSearch search(points.view());
  std::vector<std::int32_t> index(3);
  std::vector<float> distance(3);
  const double query[3] = {691000.2504, 5335000.0, 512.0};
  ASSERT_EQ(search.nearest(query, 3, index.data(), distance.data()), 3);
  EXPECT_EQ(index, (std::vector<std::int32_t>{250, 251, 249}));
  EXPECT_NEAR(distance[0], 0.0004 * 0.0004, 1e-9);
}

}  // namespace
}  // namespace treewalk
