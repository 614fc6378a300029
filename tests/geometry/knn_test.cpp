// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/knn.h"

#include <ATen/ops/cat.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/device/cpu.h"
#include "tests/support/support.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// All distances, sorted by (distance, index).
Neighbours brute_force(const at::Tensor& points, const at::Tensor& queries, int k, bool self) {
  const std::int64_t size = points.size(0), rows = queries.size(0);
  Neighbours result{at::empty({rows, k}, at::kInt).fill_(-1), at::empty({rows, k}, at::kFloat).fill_(kInfinity)};
  const float *p = points.const_data_ptr<float>(), *q = queries.const_data_ptr<float>();
  for (std::int64_t i = 0; i < rows; ++i) {
    std::vector<std::pair<float, std::int32_t>> all;
    for (std::int64_t j = 0; j < size; ++j) {
      if (self && i == j) continue;
      const volatile float x = p[3 * j] - q[3 * i], y = p[3 * j + 1] - q[3 * i + 1], z = p[3 * j + 2] - q[3 * i + 2];
      const volatile float xx = x * x, yy = y * y, zz = z * z, xy = xx + yy;  // volatile: no fused operation
      all.emplace_back(xy + zz, static_cast<std::int32_t>(j));
    }
    const auto found = std::min<std::size_t>(k, all.size());
    std::partial_sort(all.begin(), all.begin() + found, all.end());
    for (std::size_t n = 0; n < found; ++n) {
      result.squared_distance.data_ptr<float>()[i * k + n] = all[n].first;
      result.index.data_ptr<std::int32_t>()[i * k + n] = all[n].second;
    }
  }
  return result;
}

void expect_same(const Neighbours& a, const Neighbours& b) {
  EXPECT_TRUE(same_tensor(a.index, b.index));
  EXPECT_TRUE(same_tensor(a.squared_distance, b.squared_distance));
}

at::Tensor lattice(int side) {
  auto points = at::empty({side * side * side, 3}, at::kFloat);
  for (int i = 0; i < side * side * side; ++i) {
    const int shuffled = static_cast<int>(i * 7919ll % (side * side * side));  // not in Morton order
    float* p = points.data_ptr<float>() + 3 * i;
    p[0] = static_cast<float>(shuffled % side), p[1] = static_cast<float>(shuffled / side % side);
    p[2] = static_cast<float>(shuffled / side / side);
  }
  return points;
}

struct Case {
  const char* name;
  at::Tensor points;
};

std::vector<Case> cases() {
  auto collinear = uniform_points(700, 3);
  collinear.select(1, 1).zero_(), collinear.select(1, 2).fill_(5);
  auto outlier = uniform_points(1500, 4);
  outlier[9].fill_(1e30f), outlier[10].fill_(-3e38f);
  auto huge_offset = uniform_points(800, 5).add(4096);
  return {{"uniform", uniform_points(1500, 1)},
          {"surface", surface_points(1500, 2)},
          {"collinear", collinear},
          {"lattice", lattice(11)},
          {"outliers", outlier},
          {"few distinct points", uniform_points(5, 6).repeat({200, 1})},
          {"pairs", uniform_points(400, 7).repeat({2, 1})},
          {"all equal", uniform_points(1, 8).repeat({777, 1})},
          {"far from the origin", huge_offset},
          {"tiny", uniform_points(500, 9).mul(1e-22)},
          {"clusters of clusters",
           at::cat({uniform_points(400, 1).mul(1e-6), uniform_points(400, 2).mul(1e-3), uniform_points(400, 3)})},
          {"one leaf", uniform_points(16, 10)},
          {"two leaves", uniform_points(17, 11)},
          {"two points", uniform_points(2, 12)},
          {"one point", uniform_points(1, 13)}};
}

TEST(Knn, InTurnGivesEachPointItsNearestOnce) {
  // More points than are told at once; duplicates; fewer points than neighbours.
  const auto twice = at::cat({uniform_points(40000, 3), uniform_points(40000, 3), lattice(9)});
  for (const auto& points : {twice, uniform_points(1, 1), uniform_points(5, 2), at::empty({0, 3}, at::kFloat)})
    for (const int k : {1, 5, 17})
      for (const float most : {kInfinity, 2e-4f}) {
        const Neighbours all = knn(points, k);
        std::vector<int> told(points.size(0));
        std::int64_t different = 0;
        knn_in_turn(points, k, most, [&](const FoundNeighbours& found) {
          for (std::int64_t i = 0; i < found.count; ++i) {
            ++told[found.point[i]];
            for (int n = 0; n < k; ++n) {
              const std::int64_t at = std::int64_t{found.point[i]} * k + n;
              const bool near = all.squared_distance.const_data_ptr<float>()[at] <= most;
              different += found.index[i * k + n] != (near ? all.index.const_data_ptr<std::int32_t>()[at] : -1);
            }
          }
        });
        EXPECT_EQ(different, 0) << points.size(0) << " " << k << " " << most;
        EXPECT_EQ(std::count(told.begin(), told.end(), 1), points.size(0));
      }
}

}  // namespace

TEST(Knn, HandMadeExample) {
  const auto points = points_of<float>({0, 0, 0, 1, 0, 0, 3, 0, 0, -1, 0, 0});
  const Neighbours found = knn(points, 2);
  const std::vector<std::int32_t> index{1, 3, 0, 2, 1, 0, 0, 1};
  const std::vector<float> distance{1, 1, 1, 4, 4, 9, 1, 4};
  EXPECT_TRUE(std::equal(index.begin(), index.end(), found.index.const_data_ptr<std::int32_t>()));
  EXPECT_TRUE(std::equal(distance.begin(), distance.end(), found.squared_distance.const_data_ptr<float>()));
}

TEST(Knn, EqualsBruteForceAmongThePoints) {
  for (const Case& c : cases())
    for (const int k : {1, 8, 16, 17, 23, 48, 49}) {
      SCOPED_TRACE(std::string(c.name) + ", k = " + std::to_string(k));
      const Neighbours oracle = brute_force(c.points, c.points, k, true);
      with_threads([&] { expect_same(knn(c.points, k), oracle); });
    }
}

TEST(Knn, EveryInstructionSetGivesTheSameBits) {
  for (const Case& c : cases()) {
    const Neighbours oracle = brute_force(c.points, c.points, 12, true);
    for (const Cpu set : {Cpu::kBaseline, Cpu::kAvx2, Cpu::kAvx512}) {
      if (set > best_cpu()) continue;
      SCOPED_TRACE(std::string(c.name) + ", " + name_of(set));
      use_cpu(set);
      expect_same(knn(c.points, 12), oracle);
    }
    use_cpu(best_cpu());
  }
}

TEST(Knn, EqualsBruteForceForQueries) {
  for (const Case& c : cases())
    for (const int k : {1, 5, 24}) {
      SCOPED_TRACE(std::string(c.name) + ", k = " + std::to_string(k));
      const auto queries = at::cat(
          {uniform_points(300, 20).mul(2), c.points.narrow(0, 0, std::min<std::int64_t>(100, c.points.size(0)))});
      const Neighbours oracle = brute_force(c.points, queries, k, false);
      with_threads([&] { expect_same(knn(c.points, queries, k), oracle); });
    }
}

TEST(Knn, GivesMinusOneAndInfinityWhereFewerThanKPointsExist) {
  const Neighbours found = knn(uniform_points(3, 1), 5);
  for (int row = 0; row < 3; ++row)
    for (int n = 2; n < 5; ++n) {
      EXPECT_EQ(found.index.const_data_ptr<std::int32_t>()[5 * row + n], -1);
      EXPECT_EQ(found.squared_distance.const_data_ptr<float>()[5 * row + n], kInfinity);
    }
}

TEST(Knn, NoPointsOrNoQueries) {
  const auto none = at::empty({0, 3}, at::kFloat), some = uniform_points(4, 1);
  EXPECT_EQ(knn(none, 3).index.sizes(), (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(knn(some, none, 3).index.sizes(), (std::vector<std::int64_t>{0, 3}));
  const Neighbours found = knn(none, some, 2);
  EXPECT_TRUE(same_tensor(found.index, at::empty({4, 2}, at::kInt).fill_(-1)));
  EXPECT_TRUE(same_tensor(found.squared_distance, at::empty({4, 2}, at::kFloat).fill_(kInfinity)));
}

// Every query among a million equal points takes the lowest indices; a search that cannot tell the points apart would
// visit all of them a million times.
TEST(Knn, AMillionEqualPointsTakeBoundedTime) {
  const auto points = uniform_points(1, 1).repeat({1000000, 1});
  const Neighbours found = knn(points, 4);
  EXPECT_EQ(found.squared_distance.max().item<float>(), 0);
  const auto* index = found.index.const_data_ptr<std::int32_t>();
  for (std::int64_t i = 0; i < points.size(0); ++i)
    for (int n = 0, expected = 0; n < 4; ++n, ++expected) {
      if (expected == i) ++expected;
      ASSERT_EQ(index[4 * i + n], expected) << i;
    }
}

TEST(Knn, TwoInterleavedPilesOfDuplicatesTakeBoundedTime) {
  const auto points = at::cat({uniform_points(2, 1), points_of<float>({1e20f, 0, 0, 1e20f, 0, 0})}).repeat({100000, 1});
  const Neighbours found = knn(points, 8);
  const auto* index = found.index.const_data_ptr<std::int32_t>();
  for (const int i : {0, 1, 200000, 399996, 399997})
    for (int n = 0; n < 8; ++n) EXPECT_EQ(index[8 * i + n] % 4, i % 4);
  EXPECT_EQ(index[8 * 399996 + 7], 28);
}

TEST(Knn, RefusesWhatItCannotSearch) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(knn(uniform_points(4, 1), 0), c10::Error);
  EXPECT_THROW(knn(uniform_points(4, 1, at::kDouble), 2), c10::Error);
  EXPECT_THROW(knn(uniform_points(4, 1).view({-1}), 2), c10::Error);
  EXPECT_THROW(knn(points_of<float>({0, 0, nan}), 2), c10::Error);
  EXPECT_THROW(knn(uniform_points(4, 1), points_of<float>({0, 0, nan}), 2), c10::Error);
}
