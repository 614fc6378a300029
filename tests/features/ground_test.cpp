// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "core/features/cells_kernel.h"
#include "core/features/feature.h"
#include "core/scene/scene.h"
#include "tests/support/input_scene.h"
#include "tests/support/on_every_cpu.h"
#include "tests/support/placement.h"
#include "tests/support/support.h"
#include "tests/support/surface_filter.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

// Rolling ground that rises to the east, with a building of 20 m x 14 m and 6 m height, trees, and one low outlier.
struct Terrain {
  at::Tensor position;
  std::vector<int> kind;  // 0 ground, 1 roof, 2 tree, 3 outlier
  static constexpr double kSlope = 0.15;

  static double ground(double x, double y) { return kSlope * x + 2 * std::sin(x / 25) * std::cos(y / 30); }

  explicit Terrain(int size) : position(at::empty({size, 3}, at::kFloat)), kind(size) {
    std::mt19937_64 random(11);
    std::uniform_real_distribution<double> uniform;
    float* p = position.data_ptr<float>();
    for (int i = 0; i < size; ++i, p += 3) {
      const double x = 120 * uniform(random), y = 120 * uniform(random);
      double z = ground(x, y) + 0.04 * (uniform(random) - 0.5);
      if (std::abs(x - 60) < 10 && std::abs(y - 50) < 7) {
        kind[i] = 1;
        z = ground(60, 50) + 6;
      } else if (uniform(random) < 0.1) {
        kind[i] = 2;
        z += 2 + 8 * uniform(random);
      }
      if (i == 0) {
        kind[i] = 3;
        z = ground(x, y) - 40;
      }
      p[0] = static_cast<float>(x), p[1] = static_cast<float>(y), p[2] = static_cast<float>(z);
    }
  }
};

Scene scene_of(const at::Tensor& position, const char* module = "ground") {
  PointSet points;
  points.position = position;
  SceneOptions options;
  options.cell_size = 3;
  options.levels = 6;
  options.orientation = "up";
  options.features = {module};
  return test::input_scene(points, options, test::half_leaf_placement(options));
}

int column(const std::string& name, const char* module = "ground") {
  const auto names = feature(module).point_column_names();
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<int>(i);
  ADD_FAILURE() << name;
  return 0;
}

}  // namespace

TEST(SurfaceFilter, TellsBuildingsAndTreesFromRollingGround) {
  const Terrain terrain(30000);
  const at::Tensor label = surface_filter(terrain.position);
  int wrong[4] = {0, 0, 0, 0}, count[4] = {0, 0, 0, 0};
  for (std::size_t i = 0; i < terrain.kind.size(); ++i) {
    ++count[terrain.kind[i]];
    const bool off = terrain.kind[i] == 1 || terrain.kind[i] == 2;
    wrong[terrain.kind[i]] += label.const_data_ptr<std::uint8_t>()[i] != off;
  }
  EXPECT_LT(wrong[0], 0.005 * count[0]);
  EXPECT_EQ(wrong[1], 0);
  EXPECT_LT(wrong[2], 0.01 * count[2]);
}

TEST(SurfaceFilter, MeasuresHeightAndSlopeOverTheRebuiltGround) {
  const Terrain terrain(30000);
  const SurfaceHeights heights = surface_heights(terrain.position);
  double roof = 0, rise = 0, ground = 0, count[2] = {0, 0};
  for (std::size_t i = 0; i < terrain.kind.size(); ++i) {
    const float h = heights.height.const_data_ptr<float>()[i];
    const float* p = terrain.position.const_data_ptr<float>() + 3 * i;
    if (terrain.kind[i] == 1) {
      // Over the true ground below.
      roof += std::abs(h - (p[2] - Terrain::ground(p[0], p[1])));
      ++count[1];
    } else if (terrain.kind[i] == 0) {
      ground += std::abs(h);
      const double dx = Terrain::kSlope + 2.0 / 25 * std::cos(p[0] / 25) * std::cos(p[1] / 30);
      const double dy = -2.0 / 30 * std::sin(p[0] / 25) * std::sin(p[1] / 30);
      rise += std::abs(heights.slope.const_data_ptr<float>()[i] - std::hypot(dx, dy));
      ++count[0];
    }
  }
  EXPECT_LT(roof / count[1], 0.35);  // of 6 m, 14 m wide, on ground that is not flat
  EXPECT_LT(ground / count[0], 0.1);
  EXPECT_LT(rise / count[0], 0.05);
}

TEST(SurfaceFilter, CallsFlatOrTinyCloudsGround) {
  auto flat = uniform_points(500, 1) * 100;
  flat.select(1, 2).fill_(7);
  EXPECT_EQ(surface_filter(flat).sum().item<std::int64_t>(), 0);
  EXPECT_EQ(surface_filter(points_of({1.0f, 2.0f, 3.0f})).sum().item<std::int64_t>(), 0);
  EXPECT_EQ(surface_filter(at::empty({0, 3}, at::kFloat)).size(0), 0);
}

TEST(GroundFeatures, HaveTheSameBitsOnEverySetOfInstructions) {
  const Terrain terrain(3000);
  for (const char* module : {"ground", "fine_ground", "wide_ground"}) {
    std::vector<at::Tensor> columns;
    test::on_every_cpu([&] { columns.push_back(scene_of(terrain.position, module).point); });
    for (const auto& other : columns) EXPECT_TRUE(at::equal(other, columns[0])) << module;
  }
}

TEST(GroundFeature, RecoversTheHeightOfABuilding) {
  const Terrain terrain(30000);
  const Scene scene = scene_of(terrain.position);
  EXPECT_EQ(scene.point.size(1), 30);
  const auto* order = scene.octree.order.const_data_ptr<std::int32_t>();
  const int height = column("height_29_0.3"), relative = column("relative_29_0.3"), opening = column("opening_23");
  const int second = column("detrended_height"), excess = column("excess_0.2");
  double roofs = 0, error = 0, error2 = 0;
  for (std::int64_t i = 0; i < scene.size(); ++i) {
    const float* f = scene.point.const_data_ptr<float>() + 30 * i;
    const float* p = terrain.position.const_data_ptr<float>() + 3 * order[i];
    if (terrain.kind[order[i]] != 1) continue;
    const double truth = p[2] - Terrain::ground(p[0], p[1]);
    error += std::abs(0.5 * std::sinh(2 * f[height]) - truth);
    error2 += std::abs(0.5 * std::sinh(2 * f[second]) - truth);
    EXPECT_GT(f[relative], 0.7 * std::asinh(4));
    EXPECT_GT(f[opening], 1);
    if (std::abs(p[0] - 60) < 8.5 && std::abs(p[1] - 50) < 5.5) {  // no ground in the point's raster cell
      EXPECT_GT(f[excess], 0.5);
    }
    ++roofs;
  }
  EXPECT_LT(error / roofs, 0.5);
  EXPECT_LT(error2 / roofs, 1.0);
}

TEST(GroundFeature, IsZeroOnAFlatField) {
  auto flat = uniform_points(4000, 2) * 60;
  flat.select(1, 2).fill_(3);
  const Scene scene = scene_of(flat);
  for (const char* name :
       {"opening_2", "opening_23", "height_11_0.1", "height_29_0.3", "slope_11_0.2", "detrended_8", "detrended_height"})
    EXPECT_EQ(scene.point.select(1, column(name)).abs().max().item<float>(), 0) << name;
  EXPECT_NEAR(scene.point.select(1, column("relative_29_0.3")).max().item<float>(), 0.7 * std::asinh(-1.0), 1e-6);
}

TEST(GroundFeature, CellsHoldTheMeanOverTheirPoints) {
  const Terrain terrain(5000);
  const Scene scene = scene_of(terrain.position);
  for (int l = 0; l < 6; ++l) {
    ASSERT_EQ(scene.cell[l].size(1), 30);
    const auto* first = scene.octree.level[l].point.const_data_ptr<std::int32_t>();
    for (std::int64_t c = 0; c < scene.cell[l].size(0); c += 1 + scene.cell[l].size(0) / 50) {
      const auto mean = scene.point.narrow(0, first[c], first[c + 1] - first[c]).to(at::kDouble).mean(0);
      EXPECT_LT((scene.cell[l].select(0, c).to(at::kDouble) - mean).abs().max().item<double>(), 2e-6);
    }
  }
}

TEST(FineGroundFeature, BeginsWithTheColumnsOfGroundAndTellsCentimetres) {
  const Terrain terrain(30000);
  const Scene coarse = scene_of(terrain.position), fine = scene_of(terrain.position, "fine_ground");
  ASSERT_EQ(fine.point.size(1), 35);
  EXPECT_TRUE(fine.point.narrow(1, 0, 30).equal(coarse.point));
  for (const char* surface : {"11_0.1", "11_0.4", "29_0.1", "29_0.4"}) {
    // Heights within what neither module cuts are the same heights.
    const auto one = fine.point.select(1, column(std::string("height_") + surface)).to(at::kDouble);
    const auto other = fine.point.select(1, column(std::string("fine_") + surface, "fine_ground")).to(at::kDouble);
    const auto height = (2 * one).sinh() * 0.5, again = (2 * other).sinh() * 0.05;
    EXPECT_LT((height - again).abs().div(1 + height.abs()).max().item<double>(), 1e-4) << surface;
  }
  for (int l = 0; l < 6; ++l) ASSERT_EQ(fine.cell[l].size(1), 35);
}

// A hall of 100 m by 100 m, 9 m high, on ground that falls by 1 in 50: wider than the windows of "ground".
TEST(WideGroundFeature, FindsTheGroundBelowAHall) {
  auto position = uniform_points(60000, 4) * 240;
  float* p = position.data_ptr<float>();
  const auto ground = [](double x) { return 0.02 * x; };
  const auto roof = [](const float* q) { return std::abs(q[0] - 120) < 50 && std::abs(q[1] - 120) < 50; };
  for (std::int64_t i = 0; i < position.size(0); ++i, p += 3)
    p[2] = static_cast<float>(roof(p) ? ground(120) + 9 : ground(p[0]));
  const Scene narrow = scene_of(position), wide = scene_of(position, "wide_ground");
  ASSERT_EQ(wide.point.size(1), 5);
  const int height = column("height_0.1", "wide_ground"), opening = column("opening_60", "wide_ground");
  const auto* order = wide.octree.order.const_data_ptr<std::int32_t>();
  double found = 0, hidden = 0, roofs = 0, most = 0;
  for (std::int64_t i = 0; i < wide.size(); ++i) {
    const float* q = position.const_data_ptr<float>() + 3 * std::int64_t{order[i]};
    const double inside = 50 - std::max(std::abs(q[0] - 120), std::abs(q[1] - 120));
    const auto metres = [&](const Scene& scene, int k) {
      return 0.5 * std::sinh(2 * scene.point[i][k].item<double>());
    };
    if (i % 50 != 0) continue;
    if (inside < -4) most = std::max(most, std::abs(metres(wide, height)));
    if (inside < 4) continue;  // walls stand in two cells of the raster
    found += std::abs(metres(wide, height) - (q[2] - ground(q[0]))) < 0.5;
    EXPECT_GT(metres(wide, opening), 7);
    hidden += metres(narrow, column("height_29_0.1")) < 1;
    ++roofs;
  }
  EXPECT_LT(most, 0.2);
  EXPECT_GT(found, 0.95 * roofs);  // two windows may share a fall of a cell beside a wall
  EXPECT_GT(hidden, 0.5 * roofs);  // what "ground" makes of the same roof
}

TEST(WideGroundFeature, IsZeroOnAFlatField) {
  auto flat = uniform_points(4000, 2) * 60;
  flat.select(1, 2).fill_(3);
  EXPECT_EQ(scene_of(flat, "wide_ground").point.abs().max().item<float>(), 0);
  EXPECT_EQ(scene_of(flat, "fine_ground").point.narrow(1, 30, 5).abs().max().item<float>(), 0);
}
