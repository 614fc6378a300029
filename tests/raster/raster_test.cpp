// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "core/raster/sparse_raster.h"
#include "tests/support/support.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

constexpr std::int64_t kSide = std::int64_t{1} << RasterBlocks::kShift;

/// Blocks that fill a rectangle, with the heights height_of(i, j).
template <class Height>
Raster raster_of(std::int64_t width, std::int64_t height, double cell, const Height& height_of) {
  std::vector<std::int64_t> key;
  for (std::int64_t row = 0; row < height / kSide; ++row)
    for (std::int64_t column = 0; column < width / kSide; ++column) key.push_back(RasterBlocks::key_of(column, row));
  Raster raster = in_blocks({width, height, 0, 0, cell}, block_tables(key, c10::kCPU));
  raster.value = at::empty({raster.size()}, at::kFloat);
  for (std::int64_t j = 0; j < height; ++j)
    for (std::int64_t i = 0; i < width; ++i)
      raster.value.data_ptr<float>()[raster.index((i + 0.5) * cell, (j + 0.5) * cell)] = height_of(i, j);
  return raster;
}

std::vector<float> heights(const Raster& raster) { return {raster.heights(), raster.heights() + raster.size()}; }

/// z = a + b x + c y at the centres of the cells.
Raster slanted(std::int64_t width, std::int64_t height, double a, double b, double c, double cell = 1) {
  return raster_of(width, height, cell, [&](std::int64_t i, std::int64_t j) {
    return static_cast<float>(a + b * (i + 0.5) * cell + c * (j + 0.5) * cell);
  });
}

}  // namespace

TEST(Raster, HoldsTheLowestPointOfEveryCell) {
  const Raster raster = lowest_points(
      points_of({10.0f, 20.0f, 5.0f, 10.9f, 20.9f, 3.0f, 11.0f, 20.0f, 7.0f, 12.5f, 21.0f, -1.0f}), 1, {0, 0, 0});
  ASSERT_EQ(raster.size(), kSide * kSide);
  const auto all = heights(raster);
  EXPECT_EQ(all[raster.index(10.5, 20.5)], 3);
  EXPECT_EQ(all[raster.index(11.5, 20.5)], 7);
  EXPECT_EQ(all[raster.index(12.5, 21.5)], -1);
  EXPECT_EQ(std::count(all.begin(), all.end(), Raster::kEmpty), raster.size() - 3);
}

TEST(Raster, OfTwoPointsFarApartHasABlockForEach) {
  const Raster raster = lowest_points(points_of({0.0f, 0.0f, 0.0f, 1e6f, 1e6f, 1.0f}), 1, {0, 0, 0});
  EXPECT_EQ(raster.cell, 1);
  EXPECT_EQ(raster.size(), 2 * 16 * 16);
  EXPECT_EQ(heights(raster)[raster.index(0, 0)], 0);
  EXPECT_EQ(heights(raster)[raster.index(1e6, 1e6)], 1);
}

TEST(Raster, FillKeepsWhatIsThereAndStaysWithinIt) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> uniform;
  const Raster raster = raster_of(128, 48, 1, [&](std::int64_t, std::int64_t) {
    return uniform(random) < 0.8 ? Raster::kEmpty : static_cast<float>(uniform(random));
  });
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
  std::mt19937_64 random(3);
  const Raster holed = raster_of(64, 64, 1, [&](std::int64_t i, std::int64_t j) {
    const bool hole = random() % 4 != 0 || (i >= 20 && i < 40 && j >= 20 && j < 40);
    return hole ? Raster::kEmpty : plane.heights()[plane.index(i + 0.5, j + 0.5)];
  });
  const std::vector<float> filled = heights(without_holes(holed, 8));
  double sum = 0;
  for (std::int64_t c = 0; c < plane.size(); ++c) sum += std::abs(filled[c] - plane.heights()[c]);
  EXPECT_LT(sum / plane.size(), 0.1);  // half a cell's rise
}

TEST(Raster, MeansSlopesAndInterpolationAreExactOnAPlane) {
  const Raster plane = slanted(48, 32, 2, 0.3, -0.4, 2);
  const Raster mean = box_mean(plane, 3), slope = slope_of(plane);
  for (std::int64_t j = 3; j < 29; ++j)
    for (std::int64_t i = 3; i < 45; ++i) {
      const auto c = plane.index(2 * i + 1, 2 * j + 1);
      EXPECT_NEAR(mean.heights()[c], plane.heights()[c], 1e-4);
      EXPECT_NEAR(slope.heights()[c], 0.5, 1e-4);
    }
  const auto at = [&](double x, double y) { return plane.spot(x, y).in(plane.heights()); };
  EXPECT_NEAR(at(33.3, 21.7), 2 + 0.3 * 33.3 - 0.4 * 21.7, 1e-4);
  EXPECT_EQ(at(-50, -50), plane.heights()[plane.index(1, 1)]);
  EXPECT_EQ(at(1000, 1000), plane.heights()[plane.index(95, 63)]);
  EXPECT_EQ(plane.index(-1, 5), plane.index(1, 5));
}

TEST(Raster, SideBySideGivesTheHeightsOfEachAtAnyPlace) {
  constexpr int kRasters = 3, kStride = 5;
  std::mt19937 random(1);
  std::uniform_real_distribution<float> height(-100, 100);
  std::vector<Raster> rasters(kRasters, slanted(32, 48, 0, 0, 0));
  for (Raster& raster : rasters) {
    raster = raster.like(0);
    for (std::int64_t c = 0; c < raster.size(); ++c) raster.value.data_ptr<float>()[c] = height(random);
  }
  const at::Tensor together = side_by_side(rasters, kStride);
  ASSERT_EQ(together.sizes(), (at::IntArrayRef{rasters[0].size(), kStride}));
  for (std::int64_t c = 0; c < rasters[0].size(); ++c)
    for (int k = 0; k < kStride; ++k)
      EXPECT_EQ(together.data_ptr<float>()[c * kStride + k], k < kRasters ? rasters[k].heights()[c] : 0);
  std::uniform_real_distribution<double> x(-1, 33), y(-1, 49);
  for (int n = 0; n < 1000; ++n) {
    const RasterSpot spot = rasters[0].spot(x(random), y(random));
    float found[kRasters];
    spot.in(together.data_ptr<float>(), kStride, found);
    for (int k = 0; k < kRasters; ++k) EXPECT_EQ(found[k], spot.in(rasters[k].heights()));
  }
}
