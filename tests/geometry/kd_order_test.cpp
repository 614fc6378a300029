// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/kd_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "core/device/threads.h"
#include "core/geometry/box_tree_arrays.h"

namespace treewalk {
namespace {

// kind 0: anywhere; 1: in few places; 2: on a line; 3: all in one place, but for one; 4: along an axis already.
std::vector<float> some_points(std::int64_t size, int kind) {
  std::mt19937 random(static_cast<unsigned>(size + kind));
  std::uniform_real_distribution<float> unit(-1, 1);
  std::vector<float> points;
  for (std::int64_t i = 0; i < size; ++i)
    for (int axis = 0; axis < 3; ++axis)
      points.push_back(kind == 0   ? unit(random)
                       : kind == 1 ? std::floor(3 * unit(random))
                       : kind == 2 ? (axis == 1 ? unit(random) : 0.0f)
                       : kind == 3 ? (i == size / 3 ? 1.0f : 0.25f)
                                   : static_cast<float>(axis == 0 ? i : 0));
  return points;
}

/// Whether some axis has all of the first at or below all of the second.
bool apart(const IndexedPoint* first, std::int64_t count, const IndexedPoint* second, std::int64_t others) {
  for (int axis = 0; axis < 3; ++axis) {
    const auto below = [axis](const IndexedPoint& a, const IndexedPoint& b) { return a.at[axis] < b.at[axis]; };
    if (std::max_element(first, first + count, below)->at[axis] <=
        std::min_element(second, second + others, below)->at[axis])
      return true;
  }
  return false;
}

TEST(KdOrder, BlocksOfEachSizeDoNotOverlapThoseBesideThem) {
  for (const std::int64_t size : {1, 15, 16, 17, 33, 255, 257, 1000, 5000})
    for (int kind = 0; kind < 5; ++kind) {
      const auto points = some_points(size, kind);
      const auto ordered = kd_order(points.data(), size);
      std::vector<char> seen(static_cast<std::size_t>(size));
      for (std::int64_t i = 0; i < size; ++i) {
        ASSERT_LT(ordered[i].index, size);
        ASSERT_EQ(std::memcmp(ordered[i].at, &points[3 * std::size_t{ordered[i].index}], sizeof ordered[i].at), 0);
        ASSERT_EQ(seen[ordered[i].index]++, 0) << "each point once";
      }
      for (std::int64_t block = kFan; block < size; block *= kFan)
        for (std::int64_t parent = 0; parent < size; parent += block * kFan)
          for (std::int64_t a = parent; a < std::min(size, parent + block * kFan); a += block)
            for (std::int64_t b = a + block; b < std::min(size, parent + block * kFan); b += block)
              ASSERT_TRUE(apart(&ordered[a], block, &ordered[b], std::min(block, size - b)) ||
                          apart(&ordered[b], std::min(block, size - b), &ordered[a], block))
                  << size << " points of kind " << kind << ", blocks of " << block << " at " << a << " and " << b;
    }
}

TEST(KdOrder, IsTheSameForAnyNumberOfThreads) {
  for (const int kind : {0, 1}) {
    const std::int64_t size = 150000;
    const auto points = some_points(size, kind);
    std::vector<std::uint32_t> order[2];
    for (const int threads : {1, 3}) {
      const ThreadCount count(threads);
      const auto ordered = kd_order(points.data(), size);
      for (std::int64_t i = 0; i < size; ++i) order[threads / 2].push_back(ordered[i].index);
    }
    EXPECT_EQ(order[0], order[1]);
  }
}

}  // namespace
}  // namespace treewalk
