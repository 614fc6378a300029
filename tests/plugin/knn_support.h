// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>
#include <pcl/point_cloud.h>
#include <pcl/types.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace treewalk::test {

constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();

template <typename PointT>
typename pcl::PointCloud<PointT>::Ptr make_cloud(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> unit(0, 1);
  const auto cloud = pcl::make_shared<pcl::PointCloud<PointT>>();
  for (std::size_t i = 0; i < size; ++i) {
    PointT point;
    point.x = unit(random);
    point.y = unit(random);
    point.z = 0.2f * std::sin(5 * point.x) + 0.01f * unit(random);
    if (i % 23 == 7) point.z = kNotANumber;
    if (i % 29 == 3 && i > 0) point = (*cloud)[i / 2];  // duplicates, of bad points as well
    cloud->push_back(point);
  }
  cloud->is_dense = false;
  return cloud;
}

template <typename PointT>
bool finite(const PointT& point) {
  return std::isfinite(point.x) && std::isfinite(point.y) && std::isfinite(point.z);
}

// The same distances; the same points, in the same order but for equal distances, where PCL's is open.
inline void expect_same(const pcl::Indices& index, const std::vector<float>& distance, const pcl::Indices& pcl_index,
                        const std::vector<float>& pcl_distance) {
  ASSERT_EQ(distance, pcl_distance);
  ASSERT_EQ(index.size(), pcl_index.size());
  for (std::size_t begin = 0, end; begin < distance.size(); begin = end) {
    for (end = begin + 1; end < distance.size() && distance[end] == distance[begin];) ++end;
    pcl::Indices ours(index.begin() + begin, index.begin() + end),
        theirs(pcl_index.begin() + begin, pcl_index.begin() + end);
    EXPECT_TRUE(std::is_sorted(ours.begin(), ours.end()));
    std::sort(theirs.begin(), theirs.end());
    if (end < distance.size()) {  // those at the end may be others of the same distance
      EXPECT_EQ(ours, theirs);
    }
  }
}

}  // namespace treewalk::test
