// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/finite_points.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>

#include "tests/support/support.h"

namespace treewalk {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Points whose x and y are of one type and z of another, in records that are not aligned.
template <class T, class Z>
Cloud cloud_of(const std::vector<std::array<double, 3>>& points, Scalar type, Scalar z_type) {
  Cloud cloud;
  cloud.width = static_cast<std::int64_t>(points.size());
  cloud.fields = {{"x", 1, type, 1}, {"y", 1 + sizeof(T), type, 1}, {"z", 1 + 2 * sizeof(T), z_type, 1}};
  cloud.stride = 1 + 2 * sizeof(T) + sizeof(Z);
  cloud.data.resize(cloud.stride * points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const T xy[2] = {static_cast<T>(points[i][0]), static_cast<T>(points[i][1])};
    const Z z = static_cast<Z>(points[i][2]);
    std::memcpy(cloud.data.data() + i * cloud.stride + 1, xy, sizeof xy);
    std::memcpy(cloud.data.data() + i * cloud.stride + 1 + sizeof xy, &z, sizeof z);
  }
  return cloud;
}

const std::vector<std::array<double, 3>> kPoints{{1, 2, 3}, {kNan, 0, 0}, {4, 5, 6}, {0, INFINITY, 0}, {7, 8, 9}};

TEST(FinitePoints, AreReadFromAnyTypesInTheCloudsOrder) {
  const auto single = cloud_of<float, float>(kPoints, Scalar::float32, Scalar::float32);
  const auto twice = cloud_of<double, double>(kPoints, Scalar::float64, Scalar::float64);
  const auto mixed = cloud_of<float, std::int16_t>(kPoints, Scalar::float32, Scalar::int16);
  const auto expected = at::arange(1, 10, at::kDouble).view({3, 3});
  for (const Cloud* cloud : {&single, &twice, &mixed}) {
    const auto points = finite_points(cloud->view());
    EXPECT_EQ(points.position.scalar_type(), cloud == &single ? at::kFloat : at::kDouble);
    EXPECT_TRUE(points.position.to(at::kDouble).equal(expected));
    EXPECT_EQ(points.kept, (std::vector<std::int32_t>{0, 2, 4}));
  }
}

TEST(FinitePoints, OfASubsetKeepItsOrder) {
  const auto cloud = cloud_of<float, float>(kPoints, Scalar::float32, Scalar::float32);
  const std::vector<std::int32_t> subset{4, 1, 0, 4};
  const auto points = finite_points(cloud.view(), &subset);
  EXPECT_EQ(points.kept, (std::vector<std::int32_t>{4, 0, 4}));
  EXPECT_TRUE(points.position.equal(at::tensor({7.f, 8.f, 9.f, 1.f, 2.f, 3.f, 7.f, 8.f, 9.f}).view({3, 3})));
}

TEST(FinitePoints, OfManyPiecesKeepTheirOrder) {
  std::vector<std::array<double, 3>> many(100000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = {double(i), i % 7 == 3 ? kNan : 1, 2};
  const auto cloud = cloud_of<float, float>(many, Scalar::float32, Scalar::float32);
  const auto points = finite_points(cloud.view());
  ASSERT_EQ(points.kept.size(), many.size() - (many.size() + 3) / 7);
  for (std::size_t i = 0; i < points.kept.size(); ++i) ASSERT_EQ(points.position[i][0].item<float>(), points.kept[i]);
}

TEST(SinglePrecision, SubtractsTheMinimumOfFloat64Only) {
  const auto near = at::tensor({1.5f, 2.f, 3.f}).view({1, 3});
  EXPECT_TRUE(single_precision(near).position.equal(near));
  const auto far = at::tensor({500000.125, 5400000.25, 3., 500001.125, 5400000., 4.}, at::kDouble).view({2, 3});
  const auto single = single_precision(far);
  EXPECT_EQ(single.origin, (std::array<double, 3>{500000.125, 5400000, 3}));
  EXPECT_TRUE(single.position.equal(at::tensor({0.f, 0.25f, 0.f, 1.f, 0.f, 1.f}).view({2, 3})));
  EXPECT_EQ(single_precision(at::empty({0, 3}, at::kDouble)).position.scalar_type(), at::kFloat);
}

TEST(SinglePrecision, RefusesWhatAFloatCannotSpan) {
  const auto position = at::tensor({0., -1e38, 0., 0., 1e38, 0.}, at::kDouble).view({2, 3});
  try {
    single_precision(position);
    FAIL();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find("the cloud reaches from -"), 0u) << text;
    EXPECT_NE(text.find("on axis y; remove the points that are far out"), std::string::npos) << text;
  }
  EXPECT_NO_THROW(single_precision(position * 0.1));
}

}  // namespace
}  // namespace treewalk
