// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/scene.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tests/scene/scene_cases.h"

using namespace treewalk;
using namespace treewalk::test;

TEST(Scene, PutsTheMinimumHalfALeafIntoTheGridByDefault) {
  const auto points = surface_points(500, 1);
  SceneOptions options;
  options.cell_size = 0.05;
  const Scene scene = make(points, options);
  for (int a = 0; a < 3; ++a)
    EXPECT_NEAR(points.select(1, a).min().item<float>() - scene.octree.grid.origin[a], 0.025, 1e-7);
  EXPECT_EQ(scene.octree.grid.cell, 0.05);
  EXPECT_EQ(scene.octree.levels(), 5);
}

TEST(Scene, PhaseMovesTheMinimumThroughACellOfTheCoarsestLevel) {
  const auto points = surface_points(500, 1);
  SceneOptions options;
  options.cell_size = 0.05;
  options.levels = 3;
  const Scene scene = test::input_scene(cloud(points), options, {{0.0, 0.25, 0.75}});
  EXPECT_NEAR(points.select(1, 0).min().item<float>() - scene.octree.grid.origin[0], 0.0, 1e-7);
  EXPECT_NEAR(points.select(1, 1).min().item<float>() - scene.octree.grid.origin[1], 0.05, 1e-7);
  EXPECT_NEAR(points.select(1, 2).min().item<float>() - scene.octree.grid.origin[2], 0.15, 1e-7);
}

/// The nearest cells, nearest first and of equally near ones the first, as far as two of their sides: one by one.
std::vector<std::int32_t> siblings_by_brute_force(const at::Tensor& node, std::int64_t cell, std::size_t most) {
  const auto place = node.accessor<float, 2>();
  const float reach = 2 * place[cell][3];
  std::vector<std::pair<float, std::int32_t>> near;
  for (std::int32_t other = 0; other < node.size(0); ++other) {
    const float dx = place[other][0] - place[cell][0], dy = place[other][1] - place[cell][1],
                dz = place[other][2] - place[cell][2];
    const float squared = dx * dx + dy * dy + dz * dz;
    if (other != cell && squared <= reach * reach) near.emplace_back(squared, other);
  }
  std::sort(near.begin(), near.end());
  near.resize(std::min(most, near.size()));
  std::vector<std::int32_t> result;
  for (const auto& [squared, other] : near) result.push_back(other);
  return result;
}

TEST(Scene, NodesChildrenParentsAndSiblingsDescribeTheOctree) {
  const auto points = surface_points(5000, 2);
  const auto options = all_features();
  const Scene scene = make(points, options);
  const Hierarchy& h = scene.hierarchy;
  scene.octree.check();
  ASSERT_EQ(h.levels(), 5);
  EXPECT_EQ(h.node.size(0), h.first.back());
  EXPECT_EQ(h.node.size(1), kNodeRecord);
  for (int l = 0; l < 5; ++l) {
    ASSERT_EQ(h.size(l), scene.octree.level[l].size());
    const auto nodes = h.node.narrow(0, h.first[l], h.size(l));
    EXPECT_EQ(nodes.select(1, 7).sum().item<float>(), 5000);
    EXPECT_TRUE((nodes.select(1, 3) == 0.02f * (1 << l)).all().item<bool>());
    EXPECT_LT((nodes.narrow(1, 4, 3).square().sum(1) - 1).abs().max().item<float>(), 1e-6);
    EXPECT_EQ(h.siblings[l].rows(), h.size(l));
    EXPECT_EQ(h.siblings[l].columns, h.size(l));
    h.siblings[l].check();
    const auto offset = h.siblings[l].offset.accessor<std::int32_t, 1>();
    const auto* const column = h.siblings[l].column.const_data_ptr<std::int32_t>();
    for (std::int64_t c = 0; c < h.size(l); ++c)
      ASSERT_EQ(std::vector<std::int32_t>(column + offset[c], column + offset[c + 1]),
                siblings_by_brute_force(nodes, c, 8));
    EXPECT_EQ(offset[h.size(l)], h.siblings[l].entries());
    EXPECT_GT(h.siblings[l].entries(), 0);
    EXPECT_LT(h.siblings[l].entries(), h.size(l) * 8) << "some cell has fewer that are so near";
    if (l == 0) continue;
    EXPECT_EQ(h.children[l].columns, h.size(l - 1));
    EXPECT_TRUE(same_tensor(h.parent[l - 1], scene.octree.level[l - 1].parent));
  }
  const auto leaf_mean = h.node.narrow(0, 0, h.size(0)).narrow(1, 0, 3);
  const auto order = scene.octree.order.to(at::kLong);
  const auto leaf = scene.octree.leaf.to(at::kLong).index_select(0, order);
  const auto expected = (scene.position - leaf_mean.index_select(0, leaf)) / 0.02;
  EXPECT_LT((scene.offset - expected).abs().max().item<float>(), 1e-4);
}

TEST(Scene, WidthsAreWhatTheModulesAnnounce) {
  for (const char* orientation : {"viewpoint", "up", "outward"}) {
    const auto options = all_features(orientation);
    const Scene scene = make(surface_points(300, 3), options);
    for (int l = 0; l < options.levels; ++l) EXPECT_EQ(scene.cell[l].size(1), cell_columns(options, l));
    EXPECT_EQ(scene.point.size(1), point_columns(options));
    EXPECT_EQ(scene.point.size(0), 300);
  }
}

TEST(Scene, IsTheSameForAnyNumberOfThreads) {
  const auto points = surface_points(30000, 4);
  for (const char* orientation : {"viewpoint", "up", "outward"})
    expect_same_for_threads([&] { return make(points, all_features(orientation)); },
                            [](const Scene& a, const Scene& b) {
                              expect_same_cells(a, b);
                              EXPECT_TRUE(same_tensor(a.point, b.point));
                              EXPECT_TRUE(same_tensor(a.offset, b.offset));
                            });
}

TEST(Scene, DoesNotDependOnTheOrderOfThePoints) {
  const auto points = surface_points(10000, 5);
  const auto order = shuffled(10000, 6);
  for (const char* orientation : {"viewpoint", "up", "outward"}) {
    const auto options = all_features(orientation);
    const Scene a = make(points, options), b = make(points.index_select(0, order), options);
    expect_same_cells(a, b);
    const auto back = [](const Scene& scene, const at::Tensor& rows) {
      auto result = at::empty_like(rows);
      result.index_copy_(0, scene.octree.order.to(at::kLong), rows);
      return result;
    };
    EXPECT_TRUE(same_tensor(back(a, a.offset).index_select(0, order), back(b, b.offset)));
    EXPECT_TRUE(same_tensor(back(a, a.point).index_select(0, order), back(b, b.point)));
  }
}

TEST(Scene, OfNoPointsHasNoCells) {
  const auto options = all_features();
  const Scene scene = make(at::empty({0, 3}, at::kFloat), options);
  ASSERT_EQ(scene.cell.size(), 5u);
  for (int l = 0; l < 5; ++l) {
    EXPECT_EQ(scene.cell[l].size(0), 0);
    EXPECT_EQ(scene.cell[l].size(1), cell_columns(options, l));
    EXPECT_EQ(scene.hierarchy.siblings[l].rows(), 0);
  }
  EXPECT_EQ(scene.hierarchy.node.size(0), 0);
  EXPECT_EQ(scene.point.size(1), point_columns(options));
}

TEST(Scene, IsFiniteForOddClouds) {
  auto line = uniform_points(500, 7), plane = uniform_points(500, 8), equal = at::empty({50000, 3}, at::kFloat);
  line.select(1, 1).copy_(line.select(1, 0));
  line.select(1, 2).copy_(line.select(1, 0));
  plane.select(1, 2).fill_(0.25f);
  equal.fill_(0.75f);
  auto far = uniform_points(3, 9);
  far.select(0, 2).fill_(4000.0f);  // 200,000 cells away
  for (const char* orientation : {"viewpoint", "up", "outward"})
    for (const auto& points : {points_of({1.0f, 2.0f, 3.0f}), points_of({0.5f, 0.4f, 2.0f}), line, plane, equal, far})
      expect_finite(make(points, all_features(orientation)));
}

TEST(Scene, OfAMillionEqualPointsIsOneCellPerLevel) {
  SceneOptions options;
  options.features = {"offset", "normal", "shape", "density", "plane", "plane_height"};
  auto equal = at::empty({1000000, 3}, at::kFloat);
  equal.fill_(0.75f);
  const Scene scene = make(equal, options);
  expect_finite(scene);
  EXPECT_EQ(scene.hierarchy.node.size(0), 5);
  EXPECT_EQ(scene.hierarchy.node.select(1, 7).max().item<float>(), 1000000);
  EXPECT_LT(scene.offset.abs().max().item<float>(), 1e-4);
}

TEST(Scene, RefusesOptionsThatMakeNoSense) {
  const auto points = uniform_points(10, 1);
  SceneOptions options;
  options.cell_size = 0;
  EXPECT_THROW(make(points, options), c10::Error);
  options = SceneOptions();
  options.orientation = "down";
  EXPECT_THROW(make(points, options), c10::Error);
  options = SceneOptions();
  options.features = {"offset", "colour"};
  try {
    make(points, options);
    FAIL();
  } catch (const c10::Error& error) {
    EXPECT_NE(std::string(error.what()).find("colour"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("density"), std::string::npos);
  }
}
