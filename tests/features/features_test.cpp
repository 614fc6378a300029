// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "core/attention/attention.h"
#include "core/features/dominant_plane.h"
#include "core/features/feature.h"
#include "core/features/modules.h"
#include "tests/support/input_scene.h"
#include "tests/support/placement.h"
#include "tests/support/support.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

// A table of 1 m x 1 m that leans, seen from (0,0,0) with the z axis forward, and a box of 0.2 m on it.
struct TableTop {
  Vector3 point{0, 0, 1.5}, normal{0, -std::sqrt(0.5), -std::sqrt(0.5)};
  std::vector<Vector3> points;
  std::vector<bool> object;

  explicit TableTop(int size, double noise = 0) {
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> uniform(-0.5, 0.5);
    const Vector3 u{1, 0, 0}, v = cross(normal, u);
    for (int i = 0; i < size; ++i) {
      const double a = uniform(random), b = uniform(random), r = noise * 2 * uniform(random);
      const bool on = std::abs(a) < 0.1 && std::abs(b) < 0.1;
      const double h = (on ? 0.2 : 0.0) + r;
      Vector3 x;
      for (int k = 0; k < 3; ++k) x[k] = point[k] + a * u[k] + b * v[k] + h * normal[k];
      points.push_back(x);
      object.push_back(on);
    }
  }
  PointSet cloud() const {
    PointSet set;
    set.position = at::empty({static_cast<std::int64_t>(points.size()), 3}, at::kFloat);
    float* to = set.position.data_ptr<float>();
    for (const auto& x : points)
      for (const double c : x) *to++ = static_cast<float>(c);
    return set;
  }
};

SceneOptions with(std::vector<std::string> features, double cell_size = 0.02, const std::string& up = "viewpoint") {
  SceneOptions options;
  options.cell_size = cell_size;
  options.features = std::move(features);
  options.orientation = up;
  return options;
}

Scene make(const PointSet& points, const SceneOptions& options) {
  return test::input_scene(points, options, test::half_leaf_placement(options));
}

float value(const at::Tensor& rows, std::int64_t row, std::int64_t column) {
  return rows.const_data_ptr<float>()[row * rows.size(1) + column];
}

}  // namespace

TEST(Features, EveryModuleWritesExactlyTheColumnsItAnnounces) {
  const TableTop table(2000);
  const PointSet points = table.cloud();
  for (const char* up : {"viewpoint", "up"}) {
    for (const auto& name : feature_names()) {
      const auto options = with({name}, 0.02, up);
      const Scene scene = make(points, options);
      // Rebuild what the module sees, and let it write between canaries.
      CellMoments moments;
      moments = leaf_to_root_moments(scene.octree, points.position, {scene.octree.grid.origin},
                                     at::empty_like(scene.position), at::empty_like(scene.offset));
      const Orientation orientation{
          std::string(up) == "up",
          {-scene.octree.grid.origin[0], -scene.octree.grid.origin[1], -scene.octree.grid.origin[2]}};
      for (int l = 0; l < 5; ++l) smooth_moments(moments.level[l], scene.hierarchy.siblings[l], orientation);
      const float canary = -12345.5f;
      std::vector<std::vector<float>> cell(5);
      Feature::Output output;
      for (int l = 0; l < 5; ++l) {
        const int columns = cell_columns(options, l);
        cell[l].assign(moments.level[l].size() * (columns + 2), canary);
        output.cell.push_back(cell[l].data() + 1);
        output.cell_stride.push_back(columns + 2);
      }
      const int width = point_columns(options);
      std::vector<float> point(scene.size() * (width + 2), canary);
      output.point = point.data() + 1;
      output.point_stride = width + 2;
      const auto overview = feature(name).overview(scene.position, scene.zero);
      const FeatureInput input{points, options, scene, moments, orientation, overview.get()};
      feature(name).compute_points(input, output);
      feature(name).compute(input, output);
      for (int l = 0; l < 5; ++l) {
        const int columns = cell_columns(options, l);
        for (std::int64_t c = 0; c < moments.level[l].size(); ++c)
          for (int k = -1; k <= columns; ++k) {
            const float x = cell[l][c * (columns + 2) + 1 + k];
            EXPECT_EQ(x, k < 0 || k == columns ? canary : value(scene.cell[l], c, k)) << name << " level " << l;
          }
      }
      for (std::int64_t i = 0; i < scene.size(); ++i)
        for (int k = -1; k <= width; ++k)
          EXPECT_EQ(point[i * (width + 2) + 1 + k], k < 0 || k == width ? canary : value(scene.point, i, k)) << name;
    }
  }
}

TEST(Features, ColumnsStandInTheOrderOfTheRecipe) {
  const TableTop table(2000);
  const Scene both = make(table.cloud(), with({"density", "normal"}));
  const Scene normal = make(table.cloud(), with({"normal"})), density = make(table.cloud(), with({"density"}));
  for (int l = 0; l < 5; ++l) {
    EXPECT_TRUE(same_tensor(both.cell[l].narrow(1, 0, 1).contiguous(), density.cell[l]));
    EXPECT_TRUE(same_tensor(both.cell[l].narrow(1, 1, 3).contiguous(), normal.cell[l]));
  }
  EXPECT_EQ(point_column_names(with({"plane_height"})),
            (std::vector<std::string>{"plane_height.cells", "plane_height.noise"}));
}

TEST(Features, NormalsOfASphereAreRadialAndTurnToTheViewpoint) {
  std::mt19937_64 random(2);
  std::normal_distribution<double> normal;
  PointSet points;
  points.position = at::empty({60000, 3}, at::kFloat);
  for (int i = 0; i < 60000; ++i) {
    const double x = normal(random), y = normal(random), z = normal(random), r = std::sqrt(x * x + y * y + z * z);
    float* p = points.position.data_ptr<float>() + 3 * i;
    p[0] = x / r, p[1] = y / r, p[2] = z / r;
  }
  points.viewpoint = {0, 0, 0};  // the centre: every normal points inwards
  const Scene scene = make(points, with({"normal"}, 0.05));
  for (std::int64_t c = 0; c < scene.hierarchy.size(0); ++c) {
    const float* node = scene.hierarchy.node.const_data_ptr<float>() + 8 * c;
    Vector3 radius;
    for (int a = 0; a < 3; ++a) radius[a] = node[a] + scene.octree.grid.origin[a];
    double cosine = 0;
    for (int a = 0; a < 3; ++a) cosine += radius[a] * value(scene.cell[0], c, a);
    EXPECT_LT(cosine, -0.99);
  }
}

TEST(Features, ShapeTellsPlanesLinesAndVolumesApart) {
  const auto shape = [](const at::Tensor& position) {
    PointSet points;
    points.position = position;
    points.viewpoint = {0.5f, 0.5f, 3};
    const Scene scene = make(points, with({"shape"}, 0.1));
    return scene.cell[2].mean(0);  // 0.4 m
  };
  auto plane = uniform_points(20000, 1), line = uniform_points(20000, 1), volume = uniform_points(20000, 1);
  plane.select(1, 2).fill_(0.5f);
  line.narrow(1, 1, 2).fill_(0.5f);
  const auto p = shape(plane), l = shape(line), v = shape(volume);
  const auto number = [](const at::Tensor& t, int k) { return t.const_data_ptr<float>()[k]; };
  EXPECT_EQ(number(p, 0), 0);
  EXPECT_EQ(number(l, 0), 0);
  EXPECT_GT(number(v, 0), 1.5);
  EXPECT_GT(number(p, 1), 0.1);
  EXPECT_EQ(number(l, 1), -1);
  EXPECT_EQ(number(p, 2), 0);
  EXPECT_EQ(number(l, 2), 0);
  EXPECT_GT(number(v, 2), 0.8);
}

TEST(Features, DensityDoesNotDependOnTheDistanceOfTheSensor) {
  // The same rays hit a wall at 1 m and at 2 m.
  float mean[2];
  for (const int range : {1, 2}) {
    PointSet points;
    points.position = uniform_points(40000, 3) - 0.5;
    points.position.select(1, 2).fill_(1);
    points.position.mul_(static_cast<float>(range));
    mean[range - 1] = make(points, with({"density"}, 0.02)).cell[2].mean().item<float>();
  }
  EXPECT_NEAR(mean[0], mean[1], 0.1);
  const TableTop table(3000);
  const Scene up = make(table.cloud(), with({"density"}, 0.02, "up"));
  for (std::int64_t c = 0; c < up.hierarchy.size(1); ++c)
    EXPECT_FLOAT_EQ(value(up.cell[1], c, 0),
                    0.3 * std::log(up.hierarchy.node.const_data_ptr<float>()[8 * (up.hierarchy.first[1] + c) + 7]));
}

TEST(Features, PlaneIsTheTableAndHeightsTellTheObject) {
  const TableTop table(60000, 0.001);
  const auto options = with({"plane", "plane_height"}, 0.01);
  const Scene scene = make(table.cloud(), options);
  const auto* order = scene.octree.order.const_data_ptr<std::int32_t>();
  const auto* leaf = scene.octree.leaf.const_data_ptr<std::int32_t>();
  for (std::int64_t i = 0; i < scene.size(); ++i) {
    const bool object = table.object[order[i]];
    EXPECT_NEAR(value(scene.point, i, 0), object ? 1.8 : 0, 0.06);
    EXPECT_NEAR(value(scene.cell[0], leaf[order[i]], 1), object ? 2 : 0, 0.02);
    const Vector3& x = table.points[order[i]];
    const double noise = 0.01 * dot(x, x);
    EXPECT_NEAR(value(scene.point, i, 1), object ? 1.8 : 0, 0.3 * 0.0015 / noise);
  }
}

TEST(Features, PlaneFitIsExactOnAnExactPlane) {
  const TableTop table(20000);
  const PointSet points = table.cloud();
  const Grid grid{{-1, -1, 0.5}, 0.01};
  const Octree octree = build_octree(points.position, grid, 1);
  CellMoments moments = leaf_to_root_moments(octree, points.position, {grid.origin}, at::empty_like(points.position),
                                             at::empty_like(points.position));
  Csr none;
  none.offset = at::empty({octree.level[0].size() + 1}, at::kInt).zero_();
  none.column = at::empty({0}, at::kInt);
  const Orientation orientation{false, {1, 1, -0.5}};
  smooth_moments(moments.level[0], none, orientation);
  const DominantPlane plane = *dominant_plane(moments.level[0], orientation).get();
  EXPECT_NEAR(dot(plane.normal, table.normal), 1, 1e-8);
  const Vector3 on{table.point[0] + 1, table.point[1] + 1, table.point[2] - 0.5};
  EXPECT_NEAR(plane.height(on), 0, 1e-5);
}

TEST(Features, AncestorHeightsAreZeroOnAPlaneAndStandOutOfIt) {
  auto position = uniform_points(30000, 9);
  position.select(1, 2).fill_(0.1f);
  PointSet points;
  points.position = position;
  points.viewpoint = {0.5f, 0.5f, 5};
  const Scene scene = make(points, with({"ancestors"}, 0.02));
  for (int l = 0; l < 5; ++l) {
    EXPECT_EQ(scene.cell[l].size(1), 3 * (4 - l));
    if (l < 4) {
      EXPECT_LT(scene.cell[l].abs().max().item<float>(), 1e-3);
    }
  }
  position.select(0, 0).copy_(points_of({0.5f, 0.5f, 0.3f}).select(0, 0));
  const Scene up = make(points, with({"ancestors"}, 0.02, "up"));
  EXPECT_EQ(up.cell[0].size(1), 4);
  EXPECT_NEAR(up.cell[0].select(1, 3).max().item<float>(), 0.5 * std::asinh(0.2 / 0.5), 0.03);
}

TEST(Features, SizeIsTheLogarithmInTheUsersUnits) {
  PointSet points;
  points.position = points_of({0.0f, 0.0f, 0.0f, 1.0f, 0.5f, 0.0f});
  points.scale = 20;
  EXPECT_FLOAT_EQ(value(make(points, with({"size"}, 0.1)).cell[4], 0, 0), std::log(20.0f));
}

TEST(Features, InputFieldsAreAveragedOverCellsAndZeroWhereMissing) {
  PointSet points;
  points.position = points_of({0.0f, 0.0f, 0.0f, 0.01f, 0.0f, 0.0f, 0.5f, 0.0f, 0.0f});
  const auto options = with({"rgb", "normal_field", "intensity"}, 0.1);
  Scene scene = make(points, options);
  for (const auto& cell : scene.cell) EXPECT_EQ(cell.abs().max().item<float>(), 0);
  points.field["rgb"] = points_of({0.0f, 0.5f, 1.0f, 0.5f, 0.5f, 1.0f, 1.0f, 1.0f, 0.0f});
  points.field["normal"] = points_of({0.0f, 0.0f, 1.0f, 0.0f, 1.0f, 0.0f, 1.0f, 0.0f, 0.0f});
  points.field["intensity"] = at::tensor({100.0f, 300.0f, 700.0f}).view({3, 1});
  scene = make(points, options);
  ASSERT_EQ(scene.cell[0].size(0), 2);
  const float leaf[] = {-0.5f, 0, 1, 0, 0.5f, 0.5f, 200 / (1100 / 3.0f)};
  for (int k = 0; k < 7; ++k) EXPECT_NEAR(value(scene.cell[0], 0, k), leaf[k], 1e-6);
  ASSERT_EQ(scene.cell[4].size(0), 1);
  const float root[] = {0, 1 / 3.0f, 1 / 3.0f, 1 / 3.0f, 1 / 3.0f, 1 / 3.0f, 1};
  for (int k = 0; k < 7; ++k) EXPECT_NEAR(value(scene.cell[4], 0, k), root[k], 1e-6);
}

TEST(Features, ReturnsTellWhichOfHowManyAndAreZeroWhereNothingIsKnown) {
  PointSet points;
  points.position =
      points_of({0.0f, 0.0f, 0.0f, 0.01f, 0.0f, 0.0f, 0.5f, 0.0f, 0.0f, 0.51f, 0.0f, 0.0f, 0.52f, 0.0f, 0.0f});
  const auto options = with({"returns"}, 0.1);
  EXPECT_EQ(make(points, options).point.abs().max().item<float>(), 0);
  //                                     only        first of 7  second of 3 last of 2   unknown
  points.field["returns"] = at::tensor({1.0f, 1.0f, 1.0f, 7.0f, 2.0f, 3.0f, 2.0f, 2.0f, 0.0f, 0.0f}).view({5, 2});
  const Scene scene = make(points, options);
  const float rows[5][5] = {{0, 0, 0, 0, 1}, {1, 0, 0, 2, 1}, {0, 1, 0, 1, 1}, {0, 0, 1, 0.5f, 1}, {0, 0, 0, 0, 0}};
  const std::int32_t* order = scene.octree.order.const_data_ptr<std::int32_t>();
  for (std::int64_t i = 0; i < 5; ++i)
    for (int k = 0; k < 5; ++k) EXPECT_EQ(value(scene.point, i, k), rows[order[i]][k]) << order[i];
  ASSERT_EQ(scene.cell[4].size(0), 1);
  const float root[] = {0.2f, 0.2f, 0.2f, 0.7f, 0.8f};
  for (int k = 0; k < 5; ++k) EXPECT_NEAR(value(scene.cell[4], 0, k), root[k], 1e-6);
}

TEST(Features, BrightnessDoesNotDependOnOtherPoints) {
  PointSet points;
  points.position = points_of({0.0f, 0.0f, 0.0f, 0.01f, 0.0f, 0.0f, 0.5f, 0.0f, 0.0f});
  const auto options = with({"brightness"}, 0.1);
  EXPECT_EQ(make(points, options).point.abs().max().item<float>(), 0);
  for (const float other : {3.0f, 60000.0f}) {
    points.field["intensity"] = at::tensor({255.0f, other, 0.0f}).view({3, 1});
    const Scene scene = make(points, options);
    const std::int32_t* order = scene.octree.order.const_data_ptr<std::int32_t>();
    for (std::int64_t i = 0; i < 3; ++i) {
      const float x = points.field["intensity"].const_data_ptr<float>()[order[i]];
      EXPECT_NEAR(value(scene.point, i, 0), x > 0 ? std::log2(1 + x) / 4 - 2 : 0, 1e-6);
      EXPECT_EQ(value(scene.point, i, 1), x > 0 ? 1 : 0);
    }
    EXPECT_NEAR(value(scene.cell[0], 0, 0), (std::log2(1 + other) / 4 - 2) / 2, 1e-6) << "255 gives 0";
  }
}

TEST(Features, CovarianceEqualsADirectSumOverTheNearestPoints) {
  PointSet points;
  points.position = surface_points(300, 5);
  const Scene scene = make(points, with({"covariance"}, 0.1));
  const auto names = point_column_names(with({"covariance"}));
  ASSERT_EQ(names.size(), 14u);
  const auto x = scene.position.to(at::kDouble);
  for (std::int64_t i = 0; i < 300; i += 7) {
    const auto distance = (x - x.select(0, i)).square().sum(1);
    for (const int k : {8, 24}) {
      const auto some = x.index_select(0, std::get<1>(distance.topk(k, 0, false)));
      const auto centred = some - some.mean(0);
      const auto covariance = centred.t().mm(centred) / k;
      const double trace = covariance.trace().item<double>();
      const auto c = [&](int a, int b) { return covariance[a][b].item<double>() / trace; };
      const double expected[] = {
          c(0, 0), c(1, 1), c(2, 2), 2 * c(0, 1), 2 * c(0, 2), 2 * c(1, 2), 0.5 * std::log(trace + 1e-9) + 2.5};
      for (int j = 0; j < 7; ++j) EXPECT_NEAR(value(scene.point, i, (k == 8 ? 0 : 7) + j), expected[j], 1e-5);
    }
  }
}

TEST(Features, ColumnsAndOpeningsMeasureAHouse) {
  // A flat field of 100 m with a house of 10 m x 10 m, 5 m high.
  PointSet points;
  points.position = uniform_points(20000, 3) * 100;
  float* p = points.position.data_ptr<float>();
  for (int i = 0; i < 20000; ++i, p += 3) p[2] = std::abs(p[0] - 50) < 5 && std::abs(p[1] - 50) < 5 ? 5.0f : 0.0f;
  auto options = with({"column", "opening"}, 2, "up");
  options.levels = 6;
  const Scene scene = make(points, options);
  const auto roof = static_cast<float>(0.5 * std::asinh(10.0));
  ASSERT_EQ(scene.cell[0].size(1), 12);
  for (std::int64_t c = 0; c < scene.hierarchy.size(0); ++c) {
    const float* node = scene.hierarchy.node.const_data_ptr<float>() + 8 * c;
    const double x = node[0] + scene.octree.grid.origin[0], y = node[1] + scene.octree.grid.origin[1];
    const bool inside = std::abs(x - 50) < 2.5 && std::abs(y - 50) < 2.5, outside = node[2] < 1.01;
    if (!inside && !outside) continue;
    EXPECT_NEAR(value(scene.cell[0], c, 0), 0, 1e-5);                   // columns of 2 m: the roof itself is lowest
    EXPECT_NEAR(value(scene.cell[0], c, 5), inside ? roof : 0, 1e-5);   // of 64 m: the ground is
    EXPECT_NEAR(value(scene.cell[0], c, 6), 0, 1e-5);                   // windows of 3 m fit on the roof
    EXPECT_NEAR(value(scene.cell[0], c, 11), inside ? roof : 0, 1e-5);  // of 65 m do not
  }
}
