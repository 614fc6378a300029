// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/sample.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/training/sample_cache.h"
#include "tests/support/training_fixture.h"

namespace treewalk {
namespace {

PointSet three_points() {
  PointSet points;
  points.position = at::tensor({0.f, 1.f, 2.f, 3.f, 4.f, 5.f, 6.f, 7.f, 8.f}).view({3, 3});
  points.field["normal"] = at::tensor({1.f, 0.f, 0.f, 0.f, 1.f, 0.f, 0.f, 0.f, 1.f}).view({3, 3});
  points.field["intensity"] = at::tensor({10.f, 20.f, 30.f}).view({3, 1});
  points.viewpoint = {0.1f, -2, 3};
  points.scale = 2.5;
  return points;
}

TEST(Sample, HoldsWhatAPointSetHolds) {
  const auto points = three_points();
  const auto back = point_set(sample_of(points, {0, -1, 1}, 7));
  EXPECT_TRUE(points.position.equal(back.position));
  ASSERT_EQ(back.field.size(), 2u);
  for (const auto& [name, value] : points.field) EXPECT_TRUE(value.equal(back.field.at(name))) << name;
  EXPECT_EQ(back.viewpoint, points.viewpoint);
  EXPECT_EQ(back.scale, points.scale);
  EXPECT_EQ(sample_of(points, {0, -1, 1}, 7).cloud_label, 7);
  EXPECT_THROW(sample_of(points, {0, -1}, 7), c10::Error);
}

TEST(Sample, PointsOutliveTheSampleThatTheyWereMadeOf) {
  PointSet points;
  {
    auto sample = sample_of(three_points(), {0, 0, 0}, 0);
    points = point_set(sample);
    sample.position.assign(9, -1);
  }
  EXPECT_TRUE(points.position.equal(three_points().position));
  EXPECT_EQ(point_set(Sample()).position.sizes(), at::IntArrayRef({0, 3}));
}

TEST(Sample, KeepsMarkedPointsWithAllThatIsTheirs) {
  auto sample = sample_of(three_points(), {4, 5, 6}, 0);
  sample.keep({0, 0, 0});
  EXPECT_EQ(sample.size(), 3) << "nothing would be left";
  sample.keep({1, 0, 1});
  EXPECT_EQ(sample.position, (std::vector<float>{0, 1, 2, 6, 7, 8}));
  EXPECT_EQ(sample.label, (std::vector<std::int8_t>{4, 6}));
  EXPECT_EQ(sample.find("intensity")->value, (std::vector<float>{10, 30}));
  EXPECT_EQ(sample.find("normal")->value, (std::vector<float>{1, 0, 0, 0, 0, 1}));
  EXPECT_EQ(sample.find("rgb"), nullptr);
  sample.keep_smallest({2, 1}, 1);
  EXPECT_EQ(sample.label, (std::vector<std::int8_t>{6}));
}

/// Counts how often a cloud is read.
class Counted : public test::Objects {
 public:
  Counted() : Objects(2, 1) {}
  Cloud read(const DataEntry& entry) const override {
    ++reads[entry.name];
    return Objects::read(entry);
  }
  mutable std::map<std::string, int> reads;
};

TEST(SampleCache, ReadsACloudAgainOnlyBeyondItsLimit) {
  const auto recipe = parse_recipe(test::small_parts_recipe());
  const auto data = std::make_shared<Counted>();
  const auto items = list_data(*data, "train", recipe);  // three clouds of 400 points
  SampleCache cache(recipe, data, 900);
  for (int pass = 0; pass < 3; ++pass)
    for (const auto& item : items) EXPECT_EQ(cache(item)->size(), 400);
  EXPECT_EQ(data->reads[items[0].name], 1);
  EXPECT_EQ(data->reads[items[1].name], 1);
  EXPECT_EQ(data->reads[items[2].name], 3);
}

TEST(SampleCache, KnowsThePointsOfAllClouds) {
  const auto recipe = parse_recipe(test::small_parts_recipe());
  const auto data = std::make_shared<Counted>();
  const auto items = list_data(*data, "train", recipe);
  SampleCache cache(recipe, data, 0);
  cache(items[1]);
  EXPECT_EQ(cache.points(items), 1200);
  EXPECT_EQ(cache.points(items), 1200);
  for (const auto& item : items) EXPECT_EQ(data->reads[item.name], 1) << item.name;
}

}  // namespace
}  // namespace treewalk
