// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/join.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "tests/support/small_networks.h"
#include "tests/support/small_sessions.h"

namespace treewalk {
namespace {

/// Bumpy ground with numbers for every input, in the fields that are asked for.
Cloud ground(int points, const std::vector<std::pair<std::string, Scalar>>& fields, std::uint64_t seed = 1) {
  Cloud cloud;
  for (const auto& [name, type] : fields) {
    cloud.fields.push_back({name, cloud.stride, type, 1});
    cloud.stride += size_of(type);
  }
  cloud.width = points;
  cloud.data.resize(cloud.stride * static_cast<std::size_t>(points));
  std::mt19937_64 random(seed);
  const auto uniform = [&](double to) { return to * static_cast<double>(random() >> 11) * 0x1p-53; };
  for (int i = 0; i < points; ++i)
    for (std::size_t f = 0; f < cloud.fields.size(); ++f) {
      std::byte* at = cloud.data.data() + i * cloud.stride + cloud.fields[f].offset;
      const double value = f < 2 ? uniform(3) : f == 2 ? uniform(0.2) : uniform(1);
      const auto narrow = static_cast<float>(value);
      const auto byte = static_cast<std::uint8_t>(value * 255);
      const auto color = static_cast<std::uint32_t>(value * 0xFFFFFF);
      switch (cloud.fields[f].type) {
        case Scalar::float64:
          std::memcpy(at, &value, 8);
          break;
        case Scalar::uint8:
          std::memcpy(at, &byte, 1);
          break;
        case Scalar::uint32:
          std::memcpy(at, &color, 4);
          break;
        default:
          std::memcpy(at, &narrow, 4);
      }
    }
  return cloud;
}

using Fields = std::vector<std::pair<std::string, Scalar>>;

Fields positions(Scalar type) { return {{"x", type}, {"y", type}, {"z", type}}; }

std::shared_ptr<const Model> model_of(const std::vector<std::string>& features) {
  auto recipe = test::small_recipe();
  recipe["features"] = features;
  recipe["fields"] = {{"optional", {"rgb", "normal"}}};
  recipe["network"]["cell_size"] = 0.05;
  recipe["network"]["orientation"] = "up";
  return test::fresh_model(recipe);
}

std::vector<std::int32_t> all_of(const Cloud& cloud) {
  std::vector<std::int32_t> point(static_cast<std::size_t>(cloud.size()));
  std::iota(point.begin(), point.end(), 0);
  return point;
}

TEST(Join, PointsOfAnyFieldsKeepTheirLabelsToTheBit) {
  const auto model = model_of({"up", "shape", "rgb", "normal_field"});
  Fields packed = positions(Scalar::float32), bytes = positions(Scalar::float64), bare = bytes;
  packed.insert(packed.end(),
                {{"rgb", Scalar::uint32}, {"nx", Scalar::float32}, {"ny", Scalar::float32}, {"nz", Scalar::float32}});
  bytes.insert(bytes.end(), {{"red", Scalar::uint8},
                             {"green", Scalar::uint8},
                             {"blue", Scalar::uint8},
                             {"normal_x", Scalar::float64},
                             {"normal_y", Scalar::float64},
                             {"normal_z", Scalar::float64}});
  for (const Fields& fields : {packed, bytes, bare}) {
    const Cloud cloud = ground(3000, fields);
    Cloud joined = joined_cloud(model_info(*model));
    const auto missing = join(model_info(*model), cloud.view(), all_of(cloud), joined);
    EXPECT_EQ(missing.size(), fields.size() == 3 ? 2u : 0u);
    ASSERT_EQ(joined.size(), 3000);
    test::expect_equal(Session(model).segment(joined.view()), Session(model).segment(cloud.view()));
  }
}

TEST(Join, ReturnsStayAsKnownAsTheyWere) {
  auto recipe = test::small_recipe();
  recipe["features"] = {"up", "shape", "returns", "brightness"};
  recipe["fields"] = {{"optional", {"returns", "intensity"}}};
  recipe["network"]["cell_size"] = 0.05;
  recipe["network"]["orientation"] = "up";
  const auto model = test::fresh_model(recipe);
  ASSERT_LT(model_info(*model).reach, 100);
  for (const bool bright : {true, false}) {
    Fields fields = positions(Scalar::float64);
    fields.insert(fields.end(), {{"return_number", Scalar::uint8}, {"number_of_returns", Scalar::uint8}});
    if (bright) fields.push_back({"intensity", Scalar::float32});
    Cloud cloud = ground(3000, fields);
    for (std::size_t i = 0; i < 3000; ++i) {  // 0 to 3 of 0 to 3, some of them without an intensity
      std::byte* const record = cloud.data.data() + i * cloud.stride;
      record[24] = std::byte(i % 4);
      record[25] = std::byte(i / 4 % 4);
      if (bright && i % 3 == 0) std::memset(record + 26, 0, 4);
    }
    Cloud joined = joined_cloud(model_info(*model));
    join(model_info(*model), cloud.view(), all_of(cloud), joined);
    const auto expected = Session(model).segment(cloud.view());
    test::expect_equal(Session(model).segment(joined.view()), expected);
    cloud.remove_field("return_number");
    EXPECT_NE(Session(model).segment(cloud.view()).confidence, expected.confidence) << "returns are read";
  }
}

TEST(Join, FieldsAreRead) {
  const auto model = model_of({"up", "shape", "rgb"});
  Fields bytes = positions(Scalar::float64);
  bytes.insert(bytes.end(), {{"r", Scalar::uint8}, {"g", Scalar::uint8}, {"b", Scalar::uint8}});
  const Cloud with = ground(3000, bytes);
  Cloud without = with;
  without.remove_field("r");
  Cloud a = joined_cloud(model_info(*model)), b = a;
  join(model_info(*model), with.view(), all_of(with), a);
  join(model_info(*model), without.view(), all_of(without), b);
  EXPECT_NE(Session(model).segment(a.view()).confidence, Session(model).segment(b.view()).confidence);
}

TEST(Join, CloudsInPartsAreTheCloud) {
  const auto model = model_of({"up", "shape"});
  const Cloud cloud = ground(3000, positions(Scalar::float64));
  Cloud joined = joined_cloud(model_info(*model));
  std::vector<std::int32_t> part[3];
  for (std::int32_t i = 0; i < 3000; ++i) part[i % 3].push_back(i);
  for (const auto& points : part) join(model_info(*model), cloud.view(), points, joined);
  const auto whole = Session(model).segment(cloud.view()), found = Session(model).segment(joined.view());
  std::size_t k = 0;
  for (const auto& points : part)
    for (const auto i : points) {
      ASSERT_EQ(found.label[k], whole.label[static_cast<std::size_t>(i)]);
      ASSERT_EQ(found.confidence[k++], whole.confidence[static_cast<std::size_t>(i)]);
    }
}

TEST(Join, WhatCannotBeJoinedIsRefused) {
  auto recipe = test::small_recipe();
  recipe["fields"] = {{"required", {"intensity"}}};
  const auto model = test::fresh_model(recipe);
  const Cloud bare = ground(5, positions(Scalar::float64));
  Fields fields = positions(Scalar::float64);
  fields.push_back({"intensity", Scalar::float32});
  Cloud cloud = ground(5, fields);
  Cloud joined = joined_cloud(model_info(*model));
  EXPECT_THROW(join(model_info(*model), bare.view(), all_of(bare), joined), Error);
  EXPECT_TRUE(join(model_info(*model), cloud.view(), {}, joined).empty());
  EXPECT_EQ(joined.size(), 0);
  join(model_info(*model), cloud.view(), {1, 4}, joined);
  EXPECT_EQ(joined.size(), 2);
  EXPECT_EQ(joined.view().value(1, joined.view().at("intensity")), cloud.view().value(4, cloud.view().at("intensity")));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::memcpy(cloud.data.data(), &nan, 8);
  EXPECT_THROW(join(model_info(*model), cloud.view(), {0}, joined), Error);
  cloud.viewpoint = {1, 2, 3};
  EXPECT_THROW(join(model_info(*model), cloud.view(), {1}, joined), Error);
  EXPECT_EQ(joined.size(), 2);
}

}  // namespace
}  // namespace treewalk
