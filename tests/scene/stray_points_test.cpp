// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "treewalk/strays.h"

using namespace treewalk;

namespace {

Cloud cloud_of(const std::vector<std::array<double, 3>>& points) {
  Cloud cloud;
  for (int k = 0; k < 3; ++k) cloud.fields.push_back({std::string(1, "xyz"[k]), 8u * k, Scalar::float64, 1});
  cloud.stride = 24;
  cloud.width = static_cast<std::int64_t>(points.size());
  cloud.data.resize(24 * points.size());
  if (!points.empty()) std::memcpy(cloud.data.data(), points.data(), cloud.data.size());
  return cloud;
}

TEST(Strays, AreTheFewPointsFarFromAllOthers) {
  std::vector<std::array<double, 3>> points;
  for (int i = 0; i < 2000; ++i) points.push_back({500000.0 + i % 50, 5700000.0 + i / 50, 30});
  EXPECT_TRUE(stray_points(cloud_of(points).view(), 8192, 1).point.empty());
  EXPECT_EQ(stray_points(cloud_of(points).view(), 8192, 1).place, "");
  points[7] = {0, 0, 0};
  points[9] = {std::numeric_limits<double>::quiet_NaN(), 0, 0};
  points.insert(points.begin(), {0, 0, 0});
  const Strays strays = stray_points(cloud_of(points).view(), 8192, 1);
  EXPECT_EQ(strays.point, (std::vector<std::int32_t>{0, 8}));
  EXPECT_EQ(strays.place, "2 of 2000 points, at (0, 0, 0),");  // of those that are finite
}

TEST(Strays, AreNoneInACloudOfNothing) {
  EXPECT_TRUE(stray_points(cloud_of({}).view(), 1, 1).point.empty());
  EXPECT_TRUE(stray_points(cloud_of({{1, 2, 3}}).view(), 1, 1).point.empty());
  EXPECT_THROW(stray_points(cloud_of({{1, 2, 3}}).view(), 0, 1), Error);
  CloudView without = cloud_of({{1, 2, 3}}).view();
  without.fields.pop_back();
  EXPECT_THROW(stray_points(without, 1, 1), Error);
}

}  // namespace
