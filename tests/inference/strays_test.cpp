// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Points far from all others, and clouds that are longer than a network sees at once.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "tests/stand_in/device.h"
#include "tests/support/small_sessions.h"

namespace treewalk {
namespace {

using test::coordinates;
using test::expect_equal;
using test::from_coordinates;
using test::segment;

/// A cloud of float64 x, y, z.
Cloud georeferenced(const std::vector<double>& xyz) {
  Cloud cloud;
  cloud.stride = 24;
  cloud.fields = {{"x", 0, Scalar::float64, 1}, {"y", 8, Scalar::float64, 1}, {"z", 16, Scalar::float64, 1}};
  cloud.width = static_cast<std::int64_t>(xyz.size() / 3);
  cloud.data.resize(xyz.size() * sizeof(double));
  std::memcpy(cloud.data.data(), xyz.data(), cloud.data.size());
  return cloud;
}

/// A field in UTM coordinates.
std::vector<double> utm_field(int points) {
  std::vector<double> xyz;
  for (const float x : coordinates(test::small_terrain(points))) xyz.push_back(x);
  for (std::size_t i = 0; i < xyz.size(); i += 3) xyz[i] += 497000, xyz[i + 1] += 5419000, xyz[i + 2] += 200;
  return xyz;
}

std::shared_ptr<const Model> terrain() {
  static const auto model = load_model(std::string(TREEWALK_SHIPPED_MODELS) + "/terrain.treewalk");
  return model;
}

TEST(Strays, AtZeroOfAScanInMapCoordinatesChangeNothingAndAreUnknown) {
  const auto xyz = utm_field(6000);
  const auto expected = Session(terrain()).segment(georeferenced(xyz).view());
  EXPECT_TRUE(expected.warnings.empty());
  const std::vector<std::vector<double>> cases{
      {0, 0, 0}, {0, 0, 0, 1e30, -1e30, 1e300, 2e6, 9e6, 0}, {497100, 5419100, 1e6}, {497100, 5419100, -99999 * 9.0}};
  for (const auto& strays : cases) {
    auto mixed = xyz;
    mixed.insert(mixed.begin() + 3 * 1000, strays.begin(), strays.end());
    const std::size_t added = strays.size() / 3;
    for (const char* device : {"cpu", "other"}) {
      RunOptions options;
      options.device = device == std::string("cpu") ? "cpu" : test::tested_device().str();
      options.probabilities = true;
      const auto found = Session(terrain(), options).segment(georeferenced(mixed).view());
      ASSERT_EQ(found.label.size(), 6000 + added);
      EXPECT_EQ(found.tiles, 1);
      for (std::size_t i = 0; i < found.label.size(); ++i) {
        if (i >= 1000 && i < 1000 + added) {
          EXPECT_EQ(found.label[i], terrain()->info.unknown_id);
          EXPECT_EQ(found.confidence[i], 0);
          EXPECT_EQ(found.probability[2 * i], 0);
          continue;
        }
        const std::size_t own = i < 1000 ? i : i - added;
        ASSERT_EQ(found.label[i], expected.label[own]);
        if (options.device == "cpu") {
          ASSERT_EQ(found.confidence[i], expected.confidence[own]);
        }
      }
      ASSERT_EQ(found.warnings.size(), 1u);
      EXPECT_EQ(found.warnings[0].find(std::to_string(added) + " of " + std::to_string(6000 + added) + " points, "), 0u)
          << found.warnings[0];
    }
  }
}

// As drivers and converters leave them: zeros for every second point, or a place of float32 far away.
TEST(Strays, InAnyNumberAtOnePlaceAreUnknown) {
  const auto field = utm_field(3000);
  const auto alone = Session(terrain()).segment(georeferenced(field).view());
  std::vector<double> mixed;
  for (std::size_t i = 0; i < field.size(); i += 3) {
    mixed.insert(mixed.end(), {0, 0, 0});
    mixed.insert(mixed.end(), field.begin() + i, field.begin() + i + 3);
    if (i % 2 == 0) mixed.insert(mixed.end(), {0, 0, 0});
  }
  const auto found = Session(terrain()).segment(georeferenced(mixed).view());
  ASSERT_EQ(found.warnings.size(), 1u);
  EXPECT_EQ(found.warnings[0].find("4500 of 7500 points, at (0, 0, 0), are more than 24576 away"), 0u)
      << found.warnings[0];
  std::size_t next = 0;
  for (std::size_t i = 0; i < found.label.size(); ++i) {
    const bool zero = mixed[3 * i] == 0;
    ASSERT_EQ(found.label[i], zero ? terrain()->info.unknown_id : alone.label[next]);
    ASSERT_EQ(found.confidence[i], zero ? 0 : alone.confidence[next]);
    next += !zero;
  }
}

TEST(Strays, OnePointOneFarPointAndNoFinitePointAreNoReasonToFail) {
  const double nan = std::nan("");
  EXPECT_EQ(Session(terrain()).segment(georeferenced({1e9, -1e9, 5}).view()).label.size(), 1u);
  const auto none = Session(terrain()).segment(georeferenced({nan, 0, 0, 0, nan, 0}).view());
  EXPECT_EQ(none.label, (std::vector<std::uint32_t>(2, terrain()->info.unknown_id)));
  EXPECT_TRUE(none.warnings.empty());
  const auto two = Session(terrain()).segment(georeferenced({1e9, 0, 0, 0, 0, 0}).view());
  EXPECT_EQ(two.confidence[0], 0);  // of two places with as many points the first by x is the bulk
  EXPECT_GT(two.confidence[1], 0);
  EXPECT_EQ(two.warnings.size(), 1u);
}

TEST(Strays, TwoCloudsFarApartAreLabelledAsEachAlone) {
  auto near = coordinates(test::small_table(3, 3000)), far = coordinates(test::small_table(4, 2000));
  for (std::size_t i = 0; i < far.size(); i += 3) far[i] += 2048;
  const auto first = segment(from_coordinates(near)), second = segment(from_coordinates(far));
  auto both = near;
  both.insert(both.end(), far.begin(), far.end());
  const auto found = segment(from_coordinates(both));
  EXPECT_TRUE(found.warnings.empty());
  EXPECT_EQ(found.tiles, 2);
  for (std::size_t i = 0; i < 5000; ++i) {
    ASSERT_EQ(found.label[i], i < 3000 ? first.label[i] : second.label[i - 3000]);
    ASSERT_EQ(found.confidence[i], i < 3000 ? first.confidence[i] : second.confidence[i - 3000]);
  }
}

// 65,536 cells of 2 cm are 1311 m.
TEST(Strays, ACloudLongerThanTheReachIsLabelledInPieces) {
  const auto table = coordinates(test::small_table(5, 20000));
  std::vector<float> strip;
  for (std::size_t i = 0; i < table.size(); i += 3)
    strip.insert(strip.end(), {std::round(table[i] * 4000) + table[i], table[i + 1], table[i + 2]});
  const auto found = segment(from_coordinates(strip));
  EXPECT_GE(found.tiles, 3);
  EXPECT_TRUE(found.warnings.empty());
  for (std::size_t i = 0; i < found.label.size(); ++i) {
    ASSERT_TRUE(found.label[i] == 7 || found.label[i] == 9);
    ASSERT_GE(found.confidence[i], 0.5f);
  }
  RunOptions one;
  one.threads = 1;
  expect_equal(segment(from_coordinates(strip), one), found);
}

TEST(Strays, ProgressNeverGoesBack) {
  auto xyz = coordinates(test::small_table(6, 2000));
  const auto more = xyz;
  for (std::size_t i = 0; i < more.size(); i += 3) xyz.insert(xyz.end(), {more[i], more[i + 1] - 4096, more[i + 2]});
  std::vector<double> done;
  RunOptions options;
  options.progress = [&](double share, const std::string&) {
    done.push_back(share);
    return true;
  };
  segment(from_coordinates(xyz), options);
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_GE(done.size(), 7u);
  EXPECT_EQ(done.back(), 1);
}

}  // namespace
}  // namespace treewalk
