// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// A label depends on the points within the model's reach, and on nothing else: to the bit.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/support/small_networks.h"
#include "tests/support/small_sessions.h"

namespace treewalk {
namespace {

using Places = std::vector<double>;  ///< x y z of each point

Cloud cloud_of(const Places& xyz) {
  Cloud cloud;
  cloud.stride = 24;
  cloud.fields = {{"x", 0, Scalar::float64, 1}, {"y", 8, Scalar::float64, 1}, {"z", 16, Scalar::float64, 1}};
  cloud.width = static_cast<std::int64_t>(xyz.size() / 3);
  cloud.data.resize(xyz.size() * sizeof(double));
  if (!xyz.empty()) std::memcpy(cloud.data.data(), xyz.data(), cloud.data.size());
  return cloud;
}

/// A strip of rolling ground with blocks on it, whose coordinates are no multiples of anything.
Places strip(int points, double length, const Vector3& corner) {
  std::mt19937_64 random(3);
  const auto uniform = [&](double low, double high) { return low + (high - low) * (random() >> 11) * 0x1p-53; };
  Places xyz;
  for (int i = 0; i < points; ++i) {
    const double x = uniform(0, length), y = uniform(0, 20);
    const bool block = std::fmod(x, 17) < 5 && y > 6 && y < 13;
    const double z = std::sin(x / 9) + 0.5 * std::cos(y / 5) + (block ? 3 : 0) + uniform(-0.02, 0.02);
    xyz.insert(xyz.end(), {corner[0] + x, corner[1] + y, corner[2] + z});
  }
  return xyz;
}

std::shared_ptr<const Model> model_of(const std::vector<std::string>& features, int levels, double cell = 0.7,
                                      const Json& network = Json::object()) {
  auto recipe = test::small_recipe();
  recipe["features"] = features;
  recipe["network"]["cell_size"] = cell;
  recipe["network"]["levels"] = levels;
  recipe["network"]["widths"] = std::vector<int>(levels, 16);
  recipe["network"]["orientation"] = "up";
  recipe["network"].update(network);
  return test::fresh_model(recipe);
}

const std::vector<std::string> kLocal{"up", "normal", "shape", "offset", "density", "ancestors"};

Segmentation labels(const std::shared_ptr<const Model>& model, const Places& xyz, const RunOptions& options = {}) {
  return Session(model, options).segment(cloud_of(xyz).view());
}

/// The same labels and confidences for those of the points of `all` for which chosen(x) holds, in their order.
template <class Chosen>
void expect_same_where(const Places& all, const Segmentation& expected, const Places& some, const Segmentation& found,
                       const Chosen& chosen) {
  std::vector<std::size_t> from, to;
  for (std::size_t i = 0; i < all.size() / 3; ++i)
    if (chosen(all[3 * i])) from.push_back(i);
  for (std::size_t i = 0; i < some.size() / 3; ++i)
    if (chosen(some[3 * i])) to.push_back(i);
  ASSERT_EQ(from.size(), to.size());
  ASSERT_GT(from.size(), 200u);
  for (std::size_t k = 0; k < from.size(); ++k) {
    ASSERT_EQ(found.label[to[k]], expected.label[from[k]]);
    ASSERT_EQ(found.confidence[to[k]], expected.confidence[from[k]]) << "at x = " << all[3 * from[k]];
  }
}

/// Labels of a strip and of its halves, which are the same farther than the reach from where it is cut.
void expect_local(const std::shared_ptr<const Model>& model, int points_per_metre) {
  const double reach = model->info.reach;
  const Vector3 corner{691234.567, 5334567.891, 512.3};
  const auto all = strip(static_cast<int>(4 * reach) * points_per_metre, 4 * reach, corner);
  const auto expected = labels(model, all);
  const auto near_start = [&](double x) { return x < corner[0] + reach; };
  Places first_half, second_half;
  for (std::size_t i = 0; i < all.size(); i += 3) {
    auto& half = all[i] < corner[0] + 2 * reach ? first_half : second_half;
    half.insert(half.end(), {all[i], all[i + 1], all[i + 2]});
  }
  expect_same_where(all, expected, first_half, labels(model, first_half), near_start);
  expect_same_where(all, expected, second_half, labels(model, second_half),
                    [&](double x) { return x > corner[0] + 3 * reach; });
}

TEST(Place, WhatLiesBeyondTheReachHasNoPartInALabel) {
  const auto model = model_of(kLocal, 3);
  ASSERT_GT(model->info.reach, 5);
  ASSERT_LT(model->info.reach, 60);
  expect_local(model, 200);
}

TEST(Place, ClustersReachFartherButNotBeyondTheirReach) {
  const double of_cells = model_of(kLocal, 3)->info.reach;
  for (const char* hierarchy : {"position", "learned"}) {
    double before = of_cells;
    for (const int rounds : {1, 2}) {
      const auto model =
          model_of(kLocal, 3, 0.7, {{"hierarchy", hierarchy}, {"rounds", rounds}, {"learned_levels", rounds}});
      EXPECT_GT(model->info.reach, before);
      EXPECT_LT(model->info.reach, 400);
      before = model->info.reach;
      expect_local(model, 40);
    }
  }
}

TEST(Place, NearerPointsDoHaveAPart) {
  const auto model = model_of(kLocal, 3);
  const auto all = strip(20000, 60, {0, 0, 0});
  Places cut;
  for (std::size_t i = 0; i < all.size(); i += 3)
    if (all[i] < 30) cut.insert(cut.end(), {all[i], all[i + 1], all[i + 2]});
  const auto whole = labels(model, all), part = labels(model, cut);
  int changed = 0;
  for (std::size_t i = 0, k = 0; i < all.size(); i += 3)
    if (all[i] < 30) changed += whole.confidence[i / 3] != part.confidence[k++];
  EXPECT_GT(changed, 20);
}

TEST(Place, AMoveByWholeCellsOfTheCoarsestLevelChangesNoBit) {
  const auto model = model_of(kLocal, 3, 0.5);
  auto xyz = strip(10000, 80, {0.1, 0.2, 0.3});
  for (double& x : xyz) x = std::round(x * 4096) / 4096;  // numbers that a sum does not round
  const auto expected = labels(model, xyz);
  for (const Vector3& move : {Vector3{2, 0, 0}, Vector3{-444, 1e6, 40}, Vector3{7e5, 5.2e6, -2000}}) {
    auto moved = xyz;
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += move[i % 3];
    test::expect_equal(labels(model, moved), expected);
  }
}

TEST(Place, APointFarAwayChangesNothing) {
  const auto model = model_of(kLocal, 3);
  const Vector3 corner{1000.3, 2000.7, 100};
  const auto all = strip(10000, 80, corner);
  const auto expected = labels(model, all);
  for (const Vector3& stray : {Vector3{corner[0] - 900, corner[1] - 700, 0}, Vector3{corner[0] + 2500, 0, 4000}}) {
    auto more = all;
    more.insert(more.begin(), stray.begin(), stray.end());
    expect_same_where(all, expected, more, labels(model, more),
                      [&](double x) { return x >= corner[0] && x < corner[0] + 81; });
  }
}

TEST(Place, ReachIsInfiniteWhereAFeatureOrTheCloudIsSeenWhole) {
  const double whole = std::numeric_limits<double>::infinity();
  EXPECT_LT(model_of(kLocal, 4)->info.reach, whole);
  EXPECT_GT(model_of(kLocal, 4)->info.reach, model_of(kLocal, 3)->info.reach);
  EXPECT_EQ(model_of({"up", "plane"}, 3)->info.reach, whole);
  EXPECT_EQ(model_of({"position"}, 3)->info.reach, whole);
  auto recipe = test::small_recipe();
  recipe["features"] = kLocal;
  recipe["network"]["attention"] = "global";
  EXPECT_EQ(test::fresh_model(recipe)->info.reach, whole);
}

TEST(Units, AScaledCloudHasTheLabelsOfOneInTheRightUnits) {
  const auto model = model_of(kLocal, 3, 0.5);
  auto xyz = strip(8000, 60, {0, 0, 0});
  for (double& x : xyz) x = std::round(x * 4096) / 4096;
  auto larger = xyz;
  for (std::size_t i = 0; i < larger.size(); ++i) larger[i] *= i % 3 == 2 ? 8 : 4;
  RunOptions options;
  options.scale = {0.25, 0.25, 0.125};
  test::expect_equal(labels(model, larger, options), labels(model, xyz));
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::infinity()}) {
    options.scale = {1, 1, bad};
    EXPECT_THROW(Session(model, options), Error);
  }
}

/// A copy of the model that knows clouds of that spacing and extent.
std::shared_ptr<const Model> trained_on(const Model& model, const MeasureRange& spacing, const MeasureRange& extent) {
  const auto copy = std::make_shared<Model>(model.recipe, model.info);
  copy->flat = model.flat;
  copy->weights = model.weights;
  copy->spacing = spacing;
  copy->extent = extent;
  return copy;
}

std::vector<std::string> warnings(const std::shared_ptr<const Model>& model, const Places& xyz, double scale = 1) {
  RunOptions options;
  options.scale = {scale, scale, scale};
  return labels(model, xyz, options).warnings;
}

// 8000 points on 60 m x 20 m lie 0.39 m apart.
TEST(Units, DensityOrSizeFarFromThoseOfTheTrainingDataAreOneWarningWithBothNumbers) {
  const auto xyz = strip(8000, 60, {0, 0, 0});
  const auto model = model_of(kLocal, 3, 0.5);
  EXPECT_TRUE(warnings(model, xyz).empty()) << "a model that knows nothing of clouds says nothing of them";
  const MeasureRange near{0.3, 0.5}, large{50, 100};
  EXPECT_TRUE(warnings(trained_on(*model, near, large), xyz).empty());
  EXPECT_TRUE(warnings(trained_on(*model, {0.05, 0.2}, {50, 5000}), xyz).empty()) << "a factor of two is no other unit";
  const auto dense = warnings(trained_on(*model, {2, 3}, large), xyz);
  ASSERT_EQ(dense.size(), 1u);
  EXPECT_NE(dense[0].find("is about 0.4"), std::string::npos) << dense[0];
  EXPECT_NE(dense[0].find("2 to 3; if it is in other units, setScale (--scale)"), std::string::npos) << dense[0];
  const auto small = warnings(trained_on(*model, near, {700, 900}), xyz);
  ASSERT_EQ(small.size(), 1u);
  EXPECT_NE(small[0].find("longest side is 60 where the model was trained on 700 to 900"), std::string::npos);
  // In decimetres: a warning, unless it is told so.
  auto other = xyz;
  for (double& x : other) x *= 10;
  EXPECT_EQ(warnings(trained_on(*model, near, large), other).size(), 1u);
  EXPECT_TRUE(warnings(trained_on(*model, near, large), other, 0.1).empty());
}

TEST(Features, ThoseOfAnOlderVersionAreAWarning) {
  const auto xyz = strip(2000, 30, {0, 0, 0});
  const auto model = model_of(kLocal, 3);
  const auto older = std::make_shared<Model>(model->recipe, model->info);
  older->flat = model->flat;
  older->weights = model->weights;
  older->info.features = 1;
  const auto said = warnings(older, xyz);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].find("the model was trained with features as they were before version 2"), 0u) << said[0];
}

}  // namespace
}  // namespace treewalk
