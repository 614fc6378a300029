// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Models of terrain and surface against closed forms.
#include "treewalk/terrain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/io/terrain_support.h"
#include "tests/support/io_support.h"

namespace treewalk {
namespace {

constexpr float none = HeightMap::no_data;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double tilted(double x, double y) { return 100 + 0.3 * (x - 500000) - 0.2 * (y - 5700000); }

TEST(Terrain, OfAPlaneIsThePlane) {
  for (const double cell : {0.5, 1.0, 3.0, 7.3})
    for (const unsigned seed : {1u, 2u}) {
      // A multiple of the cell but for a little, so that all middles lie within the corners.
      const double side = 9 * 7.3 * 3 - 1e-7;
      const double west = std::floor(500000 / 65.7) * 65.7 + 1e-7, south = std::floor(5700000 / 65.7) * 65.7 + 1e-7;
      const Scan scan = square_of(tilted, west, south, side, 3000, seed);
      TerrainOptions options;
      options.cell = cell;
      const HeightMap map = scan.terrain(options);
      EXPECT_GE(map.width, std::floor(side / cell));
      for_each_middle(map, [&](double x, double y, float z) {
        if (x < west || x > west + side || y < south || y > south + side) return;
        EXPECT_NEAR(z, tilted(x, y), 1e-4);
      });
    }
}

TEST(Terrain, OfALatticeIsThePlaneToo) {
  Scan scan;
  for (int i = 0; i <= 40; ++i)
    for (int j = 0; j <= 40; ++j) scan.add({i * 1.0, j * 1.0, 2.0 * i - j});
  for (const double cell : {0.25, 1.0, 2.0})
    for_each_middle(scan.terrain({cell, true, 0}), [&](double x, double y, float z) {
      if (x <= 40 && y <= 40) {
        EXPECT_NEAR(z, 2 * x - y, 1e-4);
      }
    });
}

TEST(Terrain, OfAHillIsTheHillToItsCurvature) {
  const auto hill = [](double x, double y) { return 0.01 * (x * x + y * y); };
  Scan scan;
  for (int i = -50; i <= 50; ++i)
    for (int j = -50; j <= 50; ++j) scan.add({i * 1.0, j * 1.0, hill(i, j)});
  // Linear between corners that are a side of 1 or a diagonal apart: at most an eighth of the second derivative, 0.02,
  // times the square of the longest side.
  for_each_middle(scan.terrain({0.5, true, 0}), [&](double x, double y, float z) {
    if (x > 50 || y > 50) return;
    EXPECT_LE(z, hill(x, y) + 0.02 * 2 / 8 + 1e-5);
    EXPECT_GE(z, hill(x, y) - 1e-5);  // chords of a bowl lie above it
  });
}

TEST(Terrain, SquaresLieAtMultiplesOfTheCell) {
  Scan scan;
  scan.add({-3.2, 7.9, 1});
  scan.add({4, 12, 2});  // on a border: of the square to the right and above
  const HeightMap map = scan.surface(2);
  EXPECT_EQ(map.west, -4);
  EXPECT_EQ(map.north, 14);
  EXPECT_EQ(map.width, 5);
  EXPECT_EQ(map.height, 4);
  EXPECT_EQ(at(map, -3.2, 7.9), 1);
  EXPECT_EQ(at(map, 4.5, 12.5), 2);
  EXPECT_EQ(std::count(map.value.begin(), map.value.end(), none), 18);
}

TEST(Terrain, HolesAreFilledFromTheirBorder) {
  Scan scan = square_of(tilted, 500000, 5700000, 100, 0, 1);
  for (int i = 1; i < 100; ++i)
    for (int j = 1; j < 100; ++j) {
      const double x = 500000 + i, y = 5700000 + j;
      const bool below = i > 30 && i < 70 && j > 30 && j < 70;  // a hall, and its ground
      scan.add({x, y, tilted(x, y) + (below ? 8 : 0)}, below ? PointUse::other : PointUse::ground);
    }
  const auto in_hall = [](double x, double y) { return std::max(std::abs(x - 500050), std::abs(y - 5700050)) < 19; };
  int filled = 0;
  for_each_middle(scan.terrain({1, true, 0}), [&](double x, double y, float z) {
    if (x > 500100 || y > 5700100) return;
    EXPECT_NEAR(z, tilted(x, y), 1e-4);
    filled += in_hall(x, y);
  });
  EXPECT_GT(filled, 1400);
  for_each_middle(scan.terrain({1, false, 0}), [&](double x, double y, float z) {
    if (in_hall(x, y)) {
      EXPECT_EQ(z, none);
    }
  });
}

TEST(Terrain, EndsBeyondTheLongestGap) {
  // Two strips of ground with a lake of 60 between them, and a boat on it that is not ground.
  Scan scan;
  for (int j = 0; j < 60; ++j)
    for (int i = 0; i < 80; ++i)
      if (i < 10 || i >= 70) scan.add({i + 0.5, j + 0.5, 5});
  scan.add({40.5, 30.5, 6}, PointUse::other);
  for (const double most : {3.0, 10.0, 40.0}) {
    int with = 0, without = 0;
    for_each_middle(scan.terrain({1, true, most}), [&](double x, double y, float z) {
      const double to_ground = std::max({0.0, std::min(x - 9.5, 70.5 - x)}), to_boat = std::hypot(x - 40.5, y - 30.5);
      const bool near = std::min(to_ground, to_boat) <= most;
      EXPECT_EQ(z, near ? 5.0f : none) << x << " " << y;
      ++(near ? with : without);
    });
    EXPECT_GT(with, 1000);
    EXPECT_EQ(without == 0, most == 40);
  }
}

TEST(Terrain, OfOnePointIsFlatAroundIt) {
  Scan scan;
  scan.add({10.5, 10.5, 7});
  for (const double x : {0.5, 20.5}) scan.add({x, 10.5, 9}, PointUse::other);
  for_each_middle(scan.terrain({1, true, 4}), [](double x, double y, float z) {
    EXPECT_EQ(y, 10.5);
    EXPECT_EQ(z, std::abs(x - 10.5) <= 4 ? 7.0f : none) << x;  // further ones have points, but no ground
  });
  // Of points in one square the one nearest to its middle; of points on a line, those of their squares.
  Scan line;
  line.add({0.1, 0.6, 1});
  line.add({0.5, 0.6, 2});
  line.add({0.9, 0.6, 3});
  for (int i = 1; i < 5; ++i) line.add({i + 0.5, 0.6, 2.0 + i});
  const HeightMap map = line.terrain({1, true, 0});
  EXPECT_EQ(map.value, (std::vector<float>{2, 3, 4, 5, 6}));
}

TEST(Terrain, NeedsGroundAndAPlausibleSize) {
  Scan scan;
  scan.add({1, 1, 1}, PointUse::other);
  const auto says = [](const auto& action, const char* words) {
    const std::string error = error_of(action);
    EXPECT_NE(error.find(words), std::string::npos) << error;
  };
  says([&] { scan.terrain({1, true, 0}); }, "no point with finite coordinates is of the ground");
  scan.add({nan, 1, 1});
  says([&] { scan.terrain({1, true, 0}); }, "no point with finite coordinates is of the ground");
  for (const double cell : {0.0, -1.0, nan, std::numeric_limits<double>::infinity()})
    says([&] { scan.terrain({cell, true, 0}); }, "must be a number above 0");
  says([&] { scan.terrain({1, true, -1}); }, "gaps must be 0 or longer");
  scan.add({1e7, 1, 1});
  says([&] { scan.terrain({1, true, 0}); }, "a raster of 10000000 x 1 cells of 1 is too large");
  scan.add({1e300, 1, 1});
  says([&] { scan.terrain({1, true, 0}); }, "is too large");
  says([&] { surface_model(scan.cloud.view(), {}, 1); }, "the use of 0");
  says([&] { Scan().terrain({1, true, 0}); }, "no field");
  Scan left_out;
  left_out.add({1, 1, 1}, PointUse::none);
  says([&] { left_out.surface(1); }, "at least one point");
}

TEST(Terrain, PassesOverPointsThatAreNotFinite) {
  Scan scan = square_of(tilted, 500000, 5700000, 50, 500, 3), with = scan;
  with.add({nan, 5700001, 1});
  with.add({500001, std::numeric_limits<double>::infinity(), 1});
  with.add({500001, 5700001, nan});
  with.add({0, 0, 0}, PointUse::none);
  EXPECT_EQ(scan.terrain({1, true, 0}).value, with.terrain({1, true, 0}).value);
  EXPECT_EQ(scan.surface(1).value, with.surface(1).value);
  const auto above = height_above(with.cloud.view(), with.terrain({1, true, 0}));
  for (std::size_t i = 0; i < above.size(); ++i) EXPECT_EQ(std::isnan(above[i]), i >= scan.use.size()) << i;
}

TEST(Terrain, DoesNotDependOnTheOrderOfPoints) {
  const Scan scan = square_of([](double x, double y) { return std::sin(x) + y * y; }, 0, 0, 20, 4000, 4);
  Scan shuffled;
  std::vector<int> order(scan.use.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  std::shuffle(order.begin(), order.end(), std::mt19937(5));
  const CloudView view = scan.cloud.view();
  for (const int i : order)
    shuffled.add({view.value(i, view.fields[0]), view.value(i, view.fields[1]), view.value(i, view.fields[2])});
  EXPECT_EQ(scan.terrain({0.5, true, 0}).value, shuffled.terrain({0.5, true, 0}).value);
}

/// A box of 5 on a plane that rises by a tenth.
Scan box_on_a_plane() {
  Scan scan;
  for (int i = 0; i <= 120; ++i)
    for (int j = 0; j <= 120; ++j) {
      const double x = i * 0.5, y = j * 0.5;
      const bool box = x >= 20 && x < 40 && y >= 20 && y < 40;
      scan.add({x, y, 0.1 * x + (box ? 5 : 0)}, box ? PointUse::other : PointUse::ground);
    }
  return scan;
}

TEST(Terrain, HeightsAboveItAreThoseOfABox) {
  const Scan scan = box_on_a_plane();
  const HeightMap map = scan.terrain({1, true, 0});
  const auto above = height_above(scan.cloud.view(), map);
  const CloudView view = scan.cloud.view();
  for (std::size_t i = 0; i < above.size(); ++i) {
    const double x = view.value(static_cast<std::int64_t>(i), view.fields[0]);
    if (x < 1 || x > 59) continue;  // half a square along the border is constant
    EXPECT_NEAR(above[i], scan.use[i] == PointUse::other ? 5 : 0, 1e-4);
  }
}

TEST(Terrain, TheSurfaceIsTheHighestPointOfEachSquare) {
  const Scan scan = box_on_a_plane();
  for_each_middle(scan.surface(1), [](double x, double y, float z) {
    if (x > 60 || y > 60) return;
    const bool box = x > 20 && x < 40 && y > 20 && y < 40;
    EXPECT_NEAR(z, 0.1 * x + (box ? 5 : 0), 1e-5);  // points at both quarters of a square
  });
}

TEST(Terrain, HeightsAreBilinearWithinThoseThatAreThere) {
  HeightMap map;
  map.west = 10;
  map.north = 22;
  map.width = map.height = 2;
  map.value = {1, 2, 3, none};  // middles at (10.5,21.5), (11.5,21.5), (10.5,20.5)
  Scan scan;
  for (const Place& place : {Place{10.5, 21.5, 10},
                             {11, 21.5, 10},
                             {10.5, 21, 10},
                             {11, 21, 10},
                             {11.5, 20.5, 10},
                             {10.1, 21.9, 10},
                             {9.9, 21.9, 10},
                             {9.4, 21, 10},
                             {12.9, 22, 10}})
    scan.add(place);
  const auto above = height_above(scan.cloud.view(), map);
  const double expected[] = {9, 8.5, 8, 8, nan, 9, 9, nan, nan};
  for (std::size_t i = 0; i < above.size(); ++i) {
    if (std::isnan(expected[i]))
      EXPECT_TRUE(std::isnan(above[i])) << i;
    else
      EXPECT_NEAR(above[i], expected[i], 1e-6) << i;
  }
}

TEST(Terrain, OrganisedCloudsAreAsOthers) {
  Scan scan = box_on_a_plane();
  const HeightMap map = scan.terrain({1, true, 0});
  scan.cloud.height = 121;
  scan.cloud.width = 121;
  EXPECT_EQ(scan.terrain({1, true, 0}).value, map.value);
  EXPECT_EQ(height_above(scan.cloud.view(), map).size(), 121u * 121);
}

TEST(Terrain, ItsMemoryIsThatOfSquaresAndGround) {
  const Scan scan = box_on_a_plane();
  const std::int64_t coarse = terrain_bytes(scan.cloud.view(), scan.use, 1),
                     fine = terrain_bytes(scan.cloud.view(), scan.use, 0.01);
  EXPECT_GT(coarse, 61 * 61 * (13 + 400));
  EXPECT_GT(fine, 6001 * 6001 * 13);
  EXPECT_LT(fine, 6001 * 6001 * 14 + 121 * 121 * 500);
}

}  // namespace
}  // namespace treewalk
