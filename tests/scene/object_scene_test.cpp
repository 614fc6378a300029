// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/scene/normalise.h"
#include "core/scene/scene.h"
#include "tests/scene/scene_cases.h"
#include "tests/support/placement.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

SceneOptions object(const std::string& normalise = "box", const std::string& frame = "input") {
  SceneOptions options;
  options.normalise = normalise;
  options.frame = frame;
  options.levels = 4;
  options.orientation = "outward";
  options.features = {"offset", "normal", "shape", "density", "position", "coordinates", "covariance"};
  return options;
}

Scene normalised_scene(const PointSet& points, const SceneOptions& options) {
  return test::input_scene(normalised(points, options), options, test::half_leaf_placement(options));
}

/// A cloud that no axis or plane mirrors onto itself.
at::Tensor lopsided_points(std::int64_t size, std::uint64_t seed) {
  return (uniform_points(size, seed, at::kDouble).square() * at::tensor({3.0, 1.5, 0.7}, at::kDouble)).to(at::kFloat);
}

double distance(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

TEST(ObjectScene, IsOneCellAtTheLastLevelWhereverItLies) {
  const auto points = lopsided_points(500, 1);
  for (const char* normalise : {"box", "sphere"})
    for (const int branching : {2, 3})
      for (const double phase : {0.0, 0.5, 0.999})
        for (const double slack : {1.001, 1.02, 1.15}) {
          auto options = object(normalise);
          options.branching = branching;
          options.levels = branching == 2 ? 6 : 4;
          options.features = {"offset"};
          const Scene scene = test::input_scene(normalised(cloud(points), options), options,
                                                {{phase, phase, 1 - phase - 1e-9 * (phase == 0)}, slack});
          scene.octree.check();
          EXPECT_EQ(scene.octree.level.back().size(), 1);
          EXPECT_EQ(scene.octree.level.back().key.item<std::int64_t>(), 0);
          const double side = scene.octree.grid.cell * std::pow(branching, options.levels - 1);
          const auto extent = std::get<0>(scene.position.max(0)) - std::get<0>(scene.position.min(0));
          EXPECT_NEAR(side / extent.max().item<double>(), slack, 1e-5);
          EXPECT_GE(scene.position.min().item<float>(), 0);
          EXPECT_LE(scene.position.max().item<float>(), static_cast<float>(side));
        }
}

TEST(ObjectScene, PhaseSaysHowMuchOfTheSlackLiesBelow) {
  const auto points = lopsided_points(500, 2);
  const auto options = object();
  const PointSet in = normalised(cloud(points), options);
  const Scene scene = test::input_scene(in, options, {{0.0, 0.25, 0.75}, 1.1});
  const auto low = std::get<0>(scene.position.min(0)), high = std::get<0>(scene.position.max(0));
  const double side = 2.2;  // the longest side of the box is 2
  for (int a = 0; a < 3; ++a) {
    const double room = side - (high[a] - low[a]).item<double>(), phases[] = {0, 0.25, 0.75};
    EXPECT_NEAR(low[a].item<double>(), phases[a] * room, 1e-5);
  }
}

TEST(ObjectScene, FeaturesDoNotDependOnScaleAndPlace) {
  const auto points = lopsided_points(2000, 3);
  for (const char* frame : {"input", "principal"}) {
    auto options = object("sphere", frame);
    const Scene a = normalised_scene(cloud(points), options), b = normalised_scene(cloud(points * 1024), options);
    for (int l = 0; l < options.levels; ++l)
      EXPECT_TRUE(same_tensor(a.cell[l], b.cell[l])) << frame << " level " << l;  // a power of two keeps every bit
    EXPECT_TRUE(same_tensor(a.offset, b.offset));
    EXPECT_TRUE(same_tensor(a.point, b.point));
    // Other numbers round differently, and where points leave the sign of a normal open, that decides.
    options.features = {"offset", "shape", "density", "position", "coordinates", "covariance"};
    const auto moved = points * 7 + at::tensor({30.0f, -50.0f, 4.0f});
    const Scene c = normalised_scene(cloud(points), options), d = normalised_scene(cloud(moved), options);
    for (int l = 0; l < options.levels; ++l) {
      ASSERT_EQ(c.cell[l].sizes(), d.cell[l].sizes()) << frame << " level " << l;
      EXPECT_LT(distance(c.cell[l], d.cell[l]), 2e-3) << frame << " level " << l;
    }
    EXPECT_LT(distance(c.point, d.point), 1e-3);
  }
}

TEST(ObjectScene, FeaturesDoNotDependOnMapCoordinates) {
  const auto points = (lopsided_points(1000, 4) * 64).round() / 64;  // exact in float32 in either place
  struct Record {
    double x, y, z;
  };
  const auto view_of = [&](std::vector<Record>& records, double east, double north) {
    for (std::int64_t i = 0; i < points.size(0); ++i) {
      const float* p = points.const_data_ptr<float>() + 3 * i;
      records.push_back({p[0] + east, p[1] + north, p[2]});
    }
    CloudView view;
    view.data = reinterpret_cast<const std::byte*>(records.data());
    view.size = points.size(0);
    view.stride = sizeof(Record);
    view.fields = {{"x", 0, Scalar::float64, 1}, {"y", 8, Scalar::float64, 1}, {"z", 16, Scalar::float64, 1}};
    return view;
  };
  std::vector<Record> here, there;
  const auto options = object("box", "input");
  const Scene a = normalised_scene(make_point_set(view_of(here, 0, 0), {}, {}), options);
  const Scene b = normalised_scene(make_point_set(view_of(there, 512000, 5403136), {}, {}), options);
  for (int l = 0; l < options.levels; ++l) EXPECT_TRUE(same_tensor(a.cell[l], b.cell[l])) << l;
}

TEST(ObjectScene, DoesNotDependOnTheOrderOfThePoints) {
  const auto points = lopsided_points(3000, 5);
  const auto order = shuffled(3000, 6);
  // The middle of the box is the same whatever the order; means and axes are sums, which round differently.
  const Scene a = normalised_scene(cloud(points), object()),
              b = normalised_scene(cloud(points.index_select(0, order)), object());
  expect_same_cells(a, b);
  const auto options = object("sphere", "principal");
  const Scene c = normalised_scene(cloud(points), options),
              d = normalised_scene(cloud(points.index_select(0, order)), options);
  for (int l = 0; l < options.levels; ++l) EXPECT_LT(distance(c.cell[l], d.cell[l]), 2e-3) << l;
}

TEST(ObjectScene, SizeIsThatOfTheInput) {
  auto options = object("sphere", "principal");
  options.features = {"size"};
  PointSet points = cloud(points_of({0.0f, 0.0f, 0.0f, 30.0f, 0.0f, 0.0f, 10.0f, 1.0f, 0.0f, 10.0f, 0.0f, 0.5f}));
  points.scale = 2;
  const Scene scene = normalised_scene(points, options);
  EXPECT_NEAR(scene.cell[0].max().item<float>(), std::log(60.0), 1e-3);  // along the principal axis, nearly x
}

TEST(ObjectScene, DensityIsTheShareOfThePoints) {
  auto options = object();
  options.features = {"density"};
  const Scene scene = normalised_scene(cloud(lopsided_points(2000, 7)), options);
  EXPECT_FLOAT_EQ(scene.cell[3].item<float>(), static_cast<float>(0.3 * std::log(1000.0)));
  const auto share = (scene.cell[1] / 0.3).exp() / 1000;
  EXPECT_NEAR(share.sum().item<double>(), 1, 1e-5);
}

TEST(ObjectScene, CoordinatesFillTheUnitBox) {
  auto options = object("sphere");
  options.features = {"coordinates"};
  const Scene scene = normalised_scene(cloud(lopsided_points(2000, 8)), options);
  const auto low = std::get<0>(scene.point.min(0)), high = std::get<0>(scene.point.max(0));
  EXPECT_LT((low + high).abs().max().item<float>(), 1e-6);
  EXPECT_NEAR(high.max().item<float>(), 1, 1e-6);
  const auto mean = scene.point.mean(0);
  EXPECT_LT(distance(scene.cell[3].squeeze(0), mean), 1e-5);
}

TEST(ObjectScene, OutwardNormalsPointAwayFromTheMiddle) {
  auto sphere = uniform_points(20000, 9, at::kDouble) - 0.5;
  sphere = sphere / sphere.norm(2, 1, true);
  auto options = object();
  options.levels = 5;
  const Scene scene = normalised_scene(cloud(sphere.to(at::kFloat)), options);
  const auto node = scene.hierarchy.node.narrow(0, 0, scene.hierarchy.size(0));
  const auto middle = scene.position.mean(0);
  const auto radius = node.narrow(1, 0, 3) - middle;
  EXPECT_GT(((radius / radius.norm(2, 1, true)) * node.narrow(1, 4, 3)).sum(1).min().item<float>(), 0.95);
}

TEST(ObjectScene, TreeSiblingsAreTheOtherChildrenOfTheParent) {
  auto options = object();
  options.siblings = "tree";
  for (const int branching : {2, 3}) {
    options.branching = branching;
    const Scene scene = normalised_scene(cloud(lopsided_points(1500, 10)), options);
    const Hierarchy& h = scene.hierarchy;
    for (int l = 0; l < options.levels; ++l) {
      h.siblings[l].check();
      ASSERT_EQ(h.siblings[l].rows(), h.size(l));
      const auto* first = h.siblings[l].offset.const_data_ptr<int>();
      const auto* column = h.siblings[l].column.const_data_ptr<int>();
      for (int c = 0; c < h.size(l); ++c) {
        std::vector<int> expected;
        if (l + 1 < options.levels) {
          const int* parent = h.parent[l].const_data_ptr<int>();
          for (int other = 0; other < h.size(l); ++other)
            if (other != c && parent[other] == parent[c]) expected.push_back(other);
        }
        EXPECT_EQ(std::vector<int>(column + first[c], column + first[c + 1]), expected) << "level " << l;
      }
    }
  }
}

TEST(ObjectScene, IsFiniteForOddClouds) {
  const auto line = lopsided_points(500, 11) * at::tensor({1.0f, 0.0f, 0.0f});
  const auto plane = lopsided_points(500, 12) * at::tensor({1.0f, 1.0f, 0.0f});
  const auto equal = points_of({0.1f, 2.0f, 3.0f}).repeat({20000, 1});
  for (const char* normalise : {"box", "sphere"})
    for (const char* frame : {"input", "principal"})
      for (const auto& points : {points_of({1.0f, 2.0f, 3.0f}), line, plane, equal}) {
        auto options = object(normalise, frame);
        options.features = feature_names();
        expect_finite(normalised_scene(cloud(points), options));
      }
}

TEST(ObjectScene, RefusesPlacementsOutsideTheirRange) {
  const auto options = object();
  const PointSet points = normalised(cloud(uniform_points(10, 1)), options);
  EXPECT_THROW(make_scene(points, options, {{0, 0, 0}, 1.0}), c10::Error);
  EXPECT_THROW(make_scene(points, options, {{0, 0, 0}, NAN}), c10::Error);
  EXPECT_THROW(make_scene(points, options, {{0, 1, 0}, 1.02}), c10::Error);
  EXPECT_THROW(make_scene(points, options, {{0, -0.1, 0}, 1.02}), c10::Error);
}
