// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/raster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/support.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

Raster random_raster(std::int64_t width, std::int64_t height, double empty, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform;
  Raster raster{width, height, 0, 0, 1, std::vector<float>(width * height)};
  for (float& z : raster.value) z = uniform(random) < empty ? Raster::kEmpty : static_cast<float>(uniform(random));
  return raster;
}

// Least or greatest height of every window, cell by cell; empty where the window has none.
Raster brute(const Raster& raster, std::int64_t radius, bool least) {
  Raster result = raster;
  for (std::int64_t j = 0; j < raster.height; ++j)
    for (std::int64_t i = 0; i < raster.width; ++i) {
      float best = Raster::kEmpty;
      for (std::int64_t y = std::max<std::int64_t>(0, j - radius); y <= std::min(raster.height - 1, j + radius); ++y)
        for (std::int64_t x = std::max<std::int64_t>(0, i - radius); x <= std::min(raster.width - 1, i + radius); ++x) {
          const float z = raster.value[y * raster.width + x];
          if (z != Raster::kEmpty && (best == Raster::kEmpty || (least ? z < best : z > best))) best = z;
        }
      result.value[j * raster.width + i] = best;
    }
  return result;
}

// z = a + b x + c y at the centres of the cells.
Raster slanted(std::int64_t width, std::int64_t height, double a, double b, double c, double cell = 1) {
  Raster raster{width, height, 0, 0, cell, std::vector<float>(width * height)};
  for (std::int64_t j = 0; j < height; ++j)
    for (std::int64_t i = 0; i < width; ++i)
      raster.value[j * width + i] = static_cast<float>(a + b * (i + 0.5) * cell + c * (j + 0.5) * cell);
  return raster;
}

}  // namespace

TEST(Raster, MorphologyEqualsBruteForce) {
  for (const double empty : {0.0, 0.3, 0.97})
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {17, 1}, {16, 16}, {37, 23}, {70, 51}}) {
      const Raster raster = random_raster(width, height, empty, width * height);
      for (const std::int64_t radius : {0, 1, 2, 3, 7, 16, 100}) {
        const Raster least = brute(raster, radius, true), greatest = brute(raster, radius, false);
        EXPECT_EQ(erode(raster, radius).value, least.value) << width << "x" << height << " radius " << radius;
        EXPECT_EQ(dilate(raster, radius).value, greatest.value);
        EXPECT_EQ(open(raster, radius).value, brute(least, radius, false).value);
        EXPECT_EQ(close(raster, radius).value, brute(greatest, radius, true).value);
      }
    }
}

TEST(Raster, IsTheSameForAnyNumberOfThreads) {
  const Raster raster = random_raster(700, 500, 0.5, 1);
  expect_same_for_threads(
      [&] {
        Raster filled = open(raster, 5);
        fill_holes(filled, 4);
        return std::vector<Raster>{filled, box_mean(filled, 7), slope_of(filled)};
      },
      [](const auto& a, const auto& b) {
        for (int i = 0; i < 3; ++i) EXPECT_EQ(a[i].value, b[i].value);
      });
}

TEST(Raster, HoldsTheLowestPointOfEveryCell) {
  const float points[] = {10, 20, 5, 10.9f, 20.9f, 3, 11, 20, 7, 12.5f, 21, -1};
  const Raster raster = lowest_points(points, 4, 1);
  ASSERT_EQ(raster.width, 3);
  ASSERT_EQ(raster.height, 2);
  const float e = Raster::kEmpty;
  EXPECT_EQ(raster.value, (std::vector<float>{3, 7, e, e, e, -1}));
}

TEST(Raster, GrowsItsCellsInsteadOfItsMemory) {
  const float points[] = {0, 0, 0, 1e6f, 1e6f, 1};
  const Raster raster = lowest_points(points, 2, 1);
  EXPECT_LE(raster.size(), 1 << 16);
  EXPECT_GT(raster.size(), 1 << 13);
  EXPECT_EQ(raster.value.front(), 0);
  EXPECT_EQ(raster.value.back(), 1);
}

TEST(Raster, OfALongStripKeepsItsSideBounded) {
  std::vector<float> points;
  for (int i = 0; i < 5000; ++i) points.insert(points.end(), {60.0f * i, 0, 1});
  const Raster raster = lowest_points(points.data(), 5000, 1);
  EXPECT_EQ(raster.height, 1);
  EXPECT_LE(raster.width, 1 << 16);
  EXPECT_EQ(raster.cell, 8);
}

TEST(Raster, FillKeepsWhatIsThereAndStaysWithinIt) {
  const Raster raster = random_raster(123, 45, 0.8, 5);
  Raster filled = raster;
  fill_holes(filled, 4);
  for (std::int64_t c = 0; c < raster.size(); ++c) {
    if (raster.value[c] != Raster::kEmpty) {
      EXPECT_EQ(filled.value[c], raster.value[c]);
    }
    EXPECT_GE(filled.value[c], 0);
    EXPECT_LE(filled.value[c], 1);
  }
  Raster nothing = raster.like(Raster::kEmpty);
  fill_holes(nothing, 4);
  EXPECT_EQ(nothing.value, raster.like(0).value);
}

TEST(Raster, FillContinuesASlope) {
  const Raster plane = slanted(64, 64, 3, 0.1, -0.2);
  Raster holed = plane;
  std::mt19937_64 random(3);
  for (float& z : holed.value)
    if (random() % 4 != 0) z = Raster::kEmpty;
  for (int j = 20; j < 40; ++j)
    for (int i = 20; i < 40; ++i) holed.value[j * 64 + i] = Raster::kEmpty;
  fill_holes(holed, 8);
  double sum = 0;
  for (std::int64_t c = 0; c < plane.size(); ++c) sum += std::abs(holed.value[c] - plane.value[c]);
  EXPECT_LT(sum / plane.size(), 0.1);  // half a cell's rise
}

TEST(Raster, MeansSlopesAndInterpolationAreExactOnAPlane) {
  const Raster plane = slanted(40, 30, 2, 0.3, -0.4, 2);
  const Raster mean = box_mean(plane, 3), slope = slope_of(plane);
  for (std::int64_t j = 3; j < 27; ++j)
    for (std::int64_t i = 3; i < 37; ++i) {
      EXPECT_NEAR(mean.value[j * 40 + i], plane.value[j * 40 + i], 1e-4);
      EXPECT_NEAR(slope.value[j * 40 + i], 0.5, 1e-4);
    }
  EXPECT_NEAR(plane.at(33.3, 21.7), 2 + 0.3 * 33.3 - 0.4 * 21.7, 1e-4);
  EXPECT_EQ(plane.at(-50, -50), plane.value.front());
  EXPECT_EQ(plane.at(1000, 1000), plane.value.back());
  EXPECT_EQ(plane.index(-1, 5), 2 * 40);
  EXPECT_EQ(slope_of(slanted(1, 1, 4, 0, 0)).value, (std::vector<float>{0}));
}
