// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/raster/raster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/support/support.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

Raster raster_of(std::int64_t width, std::int64_t height, double cell, const std::vector<float>& value) {
  Raster raster{{width, height, 0, 0, cell}, at::empty({width * height}, at::kFloat)};
  std::copy(value.begin(), value.end(), raster.value.data_ptr<float>());
  return raster;
}

std::vector<float> heights(const Raster& raster) { return {raster.heights(), raster.heights() + raster.size()}; }

Raster random_raster(std::int64_t width, std::int64_t height, double empty, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform;
  std::vector<float> value(width * height);
  for (float& z : value) z = uniform(random) < empty ? Raster::kEmpty : static_cast<float>(uniform(random));
  return raster_of(width, height, 1, value);
}

// Least or greatest height of every window, cell by cell; empty where the window has none.
Raster brute(const Raster& raster, std::int64_t radius, bool least) {
  std::vector<float> result(raster.size());
  for (std::int64_t j = 0; j < raster.height; ++j)
    for (std::int64_t i = 0; i < raster.width; ++i) {
      float best = Raster::kEmpty;
      for (std::int64_t y = std::max<std::int64_t>(0, j - radius); y <= std::min(raster.height - 1, j + radius); ++y)
        for (std::int64_t x = std::max<std::int64_t>(0, i - radius); x <= std::min(raster.width - 1, i + radius); ++x) {
          const float z = raster.heights()[y * raster.width + x];
          if (z != Raster::kEmpty && (best == Raster::kEmpty || (least ? z < best : z > best))) best = z;
        }
      result[j * raster.width + i] = best;
    }
  return raster_of(raster.width, raster.height, raster.cell, result);
}

// z = a + b x + c y at the centres of the cells.
Raster slanted(std::int64_t width, std::int64_t height, double a, double b, double c, double cell = 1) {
  std::vector<float> value(width * height);
  for (std::int64_t j = 0; j < height; ++j)
    for (std::int64_t i = 0; i < width; ++i)
      value[j * width + i] = static_cast<float>(a + b * (i + 0.5) * cell + c * (j + 0.5) * cell);
  return raster_of(width, height, cell, value);
}

}  // namespace

TEST(Raster, MorphologyEqualsBruteForce) {
  for (const double empty : {0.0, 0.3, 0.97})
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {17, 1}, {16, 16}, {37, 23}, {70, 51}}) {
      const Raster raster = random_raster(width, height, empty, width * height);
      for (const std::int64_t radius : {0, 1, 2, 3, 7, 16, 100}) {
        const Raster least = brute(raster, radius, true), greatest = brute(raster, radius, false);
        EXPECT_EQ(heights(erode(raster, radius)), heights(least)) << width << "x" << height << " radius " << radius;
        EXPECT_EQ(heights(dilate(raster, radius)), heights(greatest));
        EXPECT_EQ(heights(open(raster, radius)), heights(brute(least, radius, false)));
        EXPECT_EQ(heights(close(raster, radius)), heights(brute(greatest, radius, true)));
      }
    }
}

TEST(Raster, IsTheSameForAnyNumberOfThreads) {
  const Raster raster = random_raster(700, 500, 0.5, 1);
  expect_same_for_threads(
      [&] {
        const Raster filled = without_holes(open(raster, 5), 4);
        return std::vector<Raster>{filled, box_mean(filled, 7), slope_of(filled)};
      },
      [](const auto& a, const auto& b) {
        for (int i = 0; i < 3; ++i) EXPECT_EQ(heights(a[i]), heights(b[i]));
      });
}

TEST(Raster, HoldsTheLowestPointOfEveryCell) {
  const Raster raster =
      lowest_points(points_of({10.0f, 20.0f, 5.0f, 10.9f, 20.9f, 3.0f, 11.0f, 20.0f, 7.0f, 12.5f, 21.0f, -1.0f}), 1);
  ASSERT_EQ(raster.width, 3);
  ASSERT_EQ(raster.height, 2);
  const float e = Raster::kEmpty;
  EXPECT_EQ(heights(raster), (std::vector<float>{3, 7, e, e, e, -1}));
}

TEST(Raster, OfTwoPointsFarApartHasABlockForEach) {
  const Raster raster = lowest_points(points_of({0.0f, 0.0f, 0.0f, 1e6f, 1e6f, 1.0f}), 1);
  EXPECT_TRUE(raster.sparse());
  EXPECT_EQ(raster.cell, 1);
  EXPECT_EQ(raster.size(), 2 * 16 * 16);
  EXPECT_EQ(heights(raster)[raster.index(0, 0)], 0);
  EXPECT_EQ(heights(raster)[raster.index(1e6, 1e6)], 1);
}

TEST(Raster, OfALongStripKeepsItsSideBounded) {
  at::Tensor points = at::empty({5000, 3}, at::kFloat);
  for (int i = 0; i < 5000; ++i) {
    const float point[] = {60.0f * i, 0, 1};
    std::copy(point, point + 3, points.data_ptr<float>() + 3 * i);
  }
  const Raster raster = lowest_points(points, 1);
  EXPECT_EQ(raster.height, 1);
  EXPECT_LE(raster.width, 1 << 16);
  EXPECT_EQ(raster.cell, 8);
}

TEST(Raster, FillKeepsWhatIsThereAndStaysWithinIt) {
  const Raster raster = random_raster(123, 45, 0.8, 5);
  const std::vector<float> value = heights(raster), filled = heights(without_holes(raster, 4));
  for (std::int64_t c = 0; c < raster.size(); ++c) {
    if (value[c] != Raster::kEmpty) {
      EXPECT_EQ(filled[c], value[c]);
    }
    EXPECT_GE(filled[c], 0);
    EXPECT_LE(filled[c], 1);
  }
  EXPECT_EQ(heights(without_holes(raster.like(Raster::kEmpty), 4)), heights(raster.like(0)));
}

TEST(Raster, FillContinuesASlope) {
  const Raster plane = slanted(64, 64, 3, 0.1, -0.2);
  std::vector<float> holed = heights(plane);
  std::mt19937_64 random(3);
  for (float& z : holed)
    if (random() % 4 != 0) z = Raster::kEmpty;
  for (int j = 20; j < 40; ++j)
    for (int i = 20; i < 40; ++i) holed[j * 64 + i] = Raster::kEmpty;
  const std::vector<float> filled = heights(without_holes(raster_of(64, 64, 1, holed), 8));
  double sum = 0;
  for (std::int64_t c = 0; c < plane.size(); ++c) sum += std::abs(filled[c] - plane.heights()[c]);
  EXPECT_LT(sum / plane.size(), 0.1);  // half a cell's rise
}

TEST(Raster, MeansSlopesAndInterpolationAreExactOnAPlane) {
  const Raster plane = slanted(40, 30, 2, 0.3, -0.4, 2);
  const Raster mean = box_mean(plane, 3), slope = slope_of(plane);
  for (std::int64_t j = 3; j < 27; ++j)
    for (std::int64_t i = 3; i < 37; ++i) {
      EXPECT_NEAR(mean.heights()[j * 40 + i], plane.heights()[j * 40 + i], 1e-4);
      EXPECT_NEAR(slope.heights()[j * 40 + i], 0.5, 1e-4);
    }
  const auto at = [&](double x, double y) { return plane.spot(x, y).in(plane.heights()); };
  EXPECT_NEAR(at(33.3, 21.7), 2 + 0.3 * 33.3 - 0.4 * 21.7, 1e-4);
  EXPECT_EQ(at(-50, -50), heights(plane).front());
  EXPECT_EQ(at(1000, 1000), heights(plane).back());
  EXPECT_EQ(plane.index(-1, 5), 2 * 40);
  EXPECT_EQ(heights(slope_of(slanted(1, 1, 4, 0, 0))), (std::vector<float>{0}));
}
