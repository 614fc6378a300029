// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Numbers of clusters in parts, by hand.
#include "core/inference/cluster_numbers.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/geometry/tree_limits.h"

namespace treewalk {
namespace {

using Numbers = std::vector<std::uint32_t>;
constexpr auto kNone = Clustering::none;

Clustering of_points(std::size_t points) {
  Clustering result;
  result.cluster.assign(points, kNone);
  return result;
}

PointNodes nodes(const std::vector<int>& node, const std::vector<std::int64_t>& key, std::int64_t base_x = 0) {
  return {at::tensor(node, at::kInt), at::tensor(key, at::kLong), {{0, 0, 0}, 1, 2, {base_x, 0, 0}}};
}

TEST(ClusterNumbers, OfOnePartFollowItsNodesThatHoldPoints) {
  auto result = of_points(5);
  ClusterNumbers numbers(1, result);
  numbers.whole(nodes({3, 0, 3}, {0, 1, 2, 9}), {4, 1, 0});
  EXPECT_EQ(result.cluster, (Numbers{1, 0, kNone, kNone, 1}));
  numbers.whole(nodes({0, 1}, {0, 1}), {3, 2});
  EXPECT_EQ(result.cluster, (Numbers{1, 0, 3, 2, 1})) << "a group of its own, though the cells are the same";
  EXPECT_EQ(result.count, 4u);
}

TEST(ClusterNumbers, ACellThatTwoPartsKnowIsOne) {
  auto result = of_points(6);
  ClusterNumbers numbers(0, result);
  // Keys 0, 5 and 9; 5, 7: what is another part's (0 in own) has no say.
  numbers.part(nodes({0, 1, 2, 1}, {0, 5, 9}), {0, 1, 2, 3}, {1, 1, 0, 1});
  numbers.part(nodes({1, 0, 0}, {5, 7}), {4, 5, 1}, {1, 1, 0});
  numbers.end_group();
  EXPECT_EQ(result.cluster, (Numbers{0, 1, kNone, 1, 2, 1}));
  EXPECT_EQ(result.count, 3u);
  numbers.end_group();
  EXPECT_EQ(result.count, 3u) << "there is no group to end";
}

TEST(ClusterNumbers, GridsThatBeginElsewhereHaveTheSameCells) {
  const auto window = static_cast<std::int64_t>(most_cells(2) / 2);
  for (const int level : {0, 3}) {
    const std::int64_t side = std::int64_t{1} << level;
    // The first part begins a window before the second, and its last cell is the second's first: that far along x.
    std::int64_t key = 0;
    int digit = 0;
    for (std::int64_t x = window / side; x > 0; x /= 2) key |= x % 2 << 3 * digit++;
    auto result = of_points(4);
    ClusterNumbers numbers(level, result);
    numbers.part(nodes({0, 1}, {6, key}, 5 * side), {0, 1}, {1, 1});
    numbers.part(nodes({0, 1}, {0, 1}, window + 5 * side), {2, 3}, {1, 1});
    numbers.whole(nodes({}, {}), {});
    EXPECT_EQ(result.cluster, (Numbers{0, 1, 1, 2})) << level;
  }
}

TEST(ClusterNumbers, OfAGroupFollowTheCurve) {
  auto result = of_points(4);
  ClusterNumbers numbers(0, result);
  numbers.part(nodes({0, 1}, {3, 64}), {0, 1}, {1, 1});
  numbers.part(nodes({0, 1}, {2, 9}), {2, 3}, {1, 1});
  numbers.end_group();
  EXPECT_EQ(result.cluster, (Numbers{1, 3, 0, 2}));
}

}  // namespace
}  // namespace treewalk
