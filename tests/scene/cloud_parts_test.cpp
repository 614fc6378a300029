// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/cloud_parts.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <vector>

#include "core/geometry/bounds.h"
#include "tests/support/support.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

using Set = std::set<std::int32_t>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Towns of several sizes, bridges between some of them, and a few points anywhere.
at::Tensor towns(std::uint64_t seed, std::int64_t size) {
  std::mt19937_64 random(seed);
  const auto uniform = [&](double low, double high) { return low + (high - low) * (random() >> 11) * 0x1p-53; };
  std::vector<std::array<double, 3>> middle;
  for (int k = 0; k < 8; ++k) middle.push_back({uniform(-60, 60), uniform(-60, 60), uniform(-9, 9)});
  at::Tensor points = at::empty({size, 3}, at::kDouble);
  for (std::int64_t i = 0; i < size; ++i)
    for (int a = 0; a < 3; ++a) {
      const auto& town = middle[i % 5 == 0 ? 1 + i / 5 % 5 : 0];  // most points lie in one
      points.data_ptr<double>()[3 * i + a] = i % 500 == 7 ? uniform(-500, 500) : town[a] + uniform(-3, 3);
    }
  return points;
}

// Points are joined where their cubes touch: by all pairs.
std::vector<Set> groups_by_pairs(const at::Tensor& points, double gap) {
  const std::int64_t size = points.size(0);
  std::vector<std::array<std::int64_t, 3>> cube(size);
  for (std::int64_t i = 0; i < size; ++i)
    for (int a = 0; a < 3; ++a)
      cube[i][a] = static_cast<std::int64_t>(std::floor(points.const_data_ptr<double>()[3 * i + a] / gap));
  std::vector<std::int32_t> leader(size);
  std::iota(leader.begin(), leader.end(), 0);
  const auto root = [&](std::int32_t i) {
    while (leader[i] != i) i = leader[i];
    return i;
  };
  for (std::int64_t i = 0; i < size; ++i)
    for (std::int64_t j = 0; j < i; ++j) {
      bool touch = true;
      for (int a = 0; a < 3; ++a) touch = touch && std::abs(cube[i][a] - cube[j][a]) <= 1;
      if (touch) leader[root(static_cast<std::int32_t>(i))] = root(static_cast<std::int32_t>(j));
    }
  std::map<std::int32_t, Set> by_root;
  for (std::int32_t i = 0; i < size; ++i) by_root[root(i)].insert(i);
  std::vector<Set> groups;
  for (auto& [ignored, group] : by_root) groups.push_back(std::move(group));
  return groups;
}

Set set_of(const std::vector<std::int32_t>& list) { return {list.begin(), list.end()}; }

Bounds box_of(const at::Tensor& points, const std::vector<std::int32_t>& some) {
  return bounds_of_points(points.index_select(0, at::tensor(some, at::kInt)));
}

}  // namespace

TEST(CloudParts, AreTheGroupsOfTouchingCubesAndStraysAreTheSmallest) {
  std::size_t strays = 0, parts = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const at::Tensor points = towns(seed, 2500);
    const auto found = parts_of(points, {8, kInfinity, 0});
    auto groups = groups_by_pairs(points, 8);
    std::stable_sort(groups.begin(), groups.end(), [](const Set& a, const Set& b) { return a.size() > b.size(); });
    Set stray;
    std::set<Set> expected;
    for (const Set& group : groups)
      if (group.size() * 1000 < 2500 || (group.size() < 100 && group.size() * 20 < 2500))
        stray.insert(group.begin(), group.end());
      else
        expected.insert(group);
    std::set<Set> sets;
    for (const CloudPart& part : found.part) {
      EXPECT_TRUE(std::is_sorted(part.point.begin(), part.point.end()));
      EXPECT_TRUE(part.own.empty());
      sets.insert(set_of(part.point));
    }
    EXPECT_EQ(sets, expected);
    EXPECT_EQ(set_of(found.stray), stray);
    EXPECT_EQ(found.part.front().point.size(), groups.front().size());
    strays += stray.size();
    parts += expected.size();
  }
  EXPECT_GT(strays, 6u);  // or nothing was tested
  EXPECT_GT(parts, 12u);
}

TEST(CloudParts, AreTheSameForAnyOrderOfThePoints) {
  const at::Tensor points = towns(9, 2500);
  const at::Tensor order = at::tensor([] {
    std::vector<std::int64_t> order(2500);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), std::mt19937(5));
    return order;
  }());
  const Reach reach{8, 30, 2};
  const auto a = parts_of(points, reach), b = parts_of(points.index_select(0, order), reach);
  const auto back = [&](const std::vector<std::int32_t>& list) {
    Set set;
    for (const auto i : list) set.insert(static_cast<std::int32_t>(order.const_data_ptr<std::int64_t>()[i]));
    return set;
  };
  ASSERT_EQ(a.part.size(), b.part.size());
  for (std::size_t k = 0; k < a.part.size(); ++k) EXPECT_EQ(set_of(a.part[k].point), back(b.part[k].point));
  EXPECT_EQ(set_of(a.stray), back(b.stray));
}

TEST(CloudParts, OfALongGroupAreShortAndOverlapByTheMargin) {
  const at::Tensor points = uniform_points(3000, 3, at::kDouble).mul(at::tensor({200.0, 50.0, 3.0}, at::kDouble));
  const Reach reach{8, 40, 3};
  const auto found = parts_of(points, reach);
  EXPECT_GT(found.part.size(), 8u);
  EXPECT_TRUE(found.stray.empty());
  std::vector<int> owners(3000, 0);
  const double* const p = points.const_data_ptr<double>();
  for (const CloudPart& part : found.part) {
    EXPECT_LE(box_of(points, part.point).longest_side(), reach.extent);
    const Set members = set_of(part.point);
    std::vector<std::int32_t> own;
    for (std::size_t i = 0; i < part.point.size(); ++i)
      if (part.own[i]) own.push_back(part.point[i]);
    for (const auto i : own) {
      ++owners[i];
      for (int j = 0; j < 3000; ++j) {
        double away = 0;
        for (int a = 0; a < 3; ++a) away = std::max(away, std::abs(p[3 * i + a] - p[3 * j + a]));
        if (away < reach.margin) {
          ASSERT_TRUE(members.count(j)) << j << " is near " << i;
        }
      }
    }
  }
  EXPECT_EQ(owners, std::vector<int>(3000, 1));
}

TEST(CloudParts, OneSuffices) {
  const Reach reach{10, 40, 1};
  EXPECT_TRUE(parts_of(at::empty({0, 3}, at::kFloat), reach).whole());
  EXPECT_TRUE(parts_of(points_of({1.0f, 2.0f, 3.0f}), reach).whole());
  EXPECT_TRUE(parts_of(uniform_points(50, 1), reach).whole());
  EXPECT_TRUE(parts_of(points_of({0.0f, 0.0f, 0.0f, 15.0f, 0.0f, 0.0f}), reach).whole());  // cubes that touch
  EXPECT_TRUE(parts_of(points_of({0.0f, 0.0f, 0.0f, 1e30f, 0.0f, 0.0f}), {kInfinity, kInfinity, 0}).whole());
  const auto two = parts_of(points_of({0.0f, 0.0f, 0.0f, 25.0f, 0.0f, 0.0f}), reach);  // neither is one in 1000
  ASSERT_EQ(two.part.size(), 2u);
  EXPECT_EQ(two.part[0].point, (std::vector<std::int32_t>{0}));
}

// n points at (0, 0, 0), the others over a square of 10 at (1000, 1000, 0).
at::Tensor zeros_and_a_square(std::int64_t zeros, std::int64_t size) {
  at::Tensor points = uniform_points(size, 5, at::kDouble).mul(10).add(1000);
  points.narrow(0, 0, zeros).zero_();
  return points;
}

TEST(CloudParts, APlaceWithoutAShapeIsOutOfReachHoweverManyPointsItHolds) {
  const Reach reach{20, 80, 1, 0.5};
  for (const std::int64_t zeros : {1, 3, 200, 500, 900}) {
    const at::Tensor points = zeros_and_a_square(zeros, 1000);
    const auto found = parts_of(points, reach);
    std::vector<std::int32_t> first(zeros);
    std::iota(first.begin(), first.end(), 0);
    EXPECT_EQ(found.stray, first);
    ASSERT_EQ(found.part.size(), 1u);
    EXPECT_EQ(found.part[0].point.size(), 1000u - zeros);
    EXPECT_FALSE(found.whole());
  }
  // Where there are only such places, the one with the most points is the bulk.
  const auto places = parts_of(points_of({0.0f, 0.0f, 0.0f, 900.0f, 0.0f, 0.0f, 900.0f, 0.1f, 0.0f}), reach);
  EXPECT_EQ(places.stray, (std::vector<std::int32_t>{0}));
  EXPECT_EQ(places.part.at(0).point, (std::vector<std::int32_t>{1, 2}));
  EXPECT_EQ(places.part.size(), 1u);
}

TEST(CloudParts, AGroupIsTooSmallByItsShareAndByItsNumber) {
  const auto strays = [](std::int64_t few, std::int64_t size) {
    at::Tensor points = zeros_and_a_square(0, size);
    points.narrow(0, 0, few).sub_(500);  // as wide as the others
    return parts_of(points, {20, 80, 1, 0.5}).stray.size();
  };
  EXPECT_EQ(strays(2, 41), 2u);
  EXPECT_EQ(strays(2, 40), 0u);
  EXPECT_EQ(strays(99, 2000), 99u);
  EXPECT_EQ(strays(100, 2000), 0u);
  EXPECT_EQ(strays(100, 100001), 100u);
  EXPECT_EQ(strays(100, 100000), 0u);
}

TEST(CloudParts, EndWhateverTheNumbers) {
  const double most = std::numeric_limits<double>::max(), next = std::nextafter(1e22, 2e22);
  const auto all = parts_of(points_of<double>({most, most, most, -most, -most,  -most, 1e22, 0.0,    0.0,    next, 0.0,
                                               0.0,  0.0,  0.0,  0.0,   5e-324, 0.0,   0.0,  -1e300, 1e-300, 3.0}),
                            {8, 40, 2});
  std::size_t own = 0;
  for (const CloudPart& part : all.part)
    own += part.own.empty() ? part.point.size() : std::count(part.own.begin(), part.own.end(), 1);
  EXPECT_EQ(own, 7u);
}

TEST(CloudParts, OfAScatteredCloudAreItsBulkAlone) {
  const auto found = parts_of(uniform_points(5000, 11, at::kDouble).mul(1e7), {8, 40, 2});
  EXPECT_EQ(found.part.size(), 1u);
  EXPECT_EQ(found.stray.size() + found.part.front().point.size(), 5000u);
}

TEST(CloudParts, MessagesSayHowManyAndWhere) {
  const at::Tensor points = points_of<double>({0.0, 0.0, 0.0, 500000.25, 5400000.5, -3.0, 7.0, 8.0, 9.0});
  EXPECT_EQ(count_and_place(points, {1}), "1 of 3 points, at (500000.25, 5400000.5, -3),");
  EXPECT_EQ(count_and_place(points, {0, 2}), "2 of 3 points, between (0, 0, 0) and (7, 8, 9),");
}
