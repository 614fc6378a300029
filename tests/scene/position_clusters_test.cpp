// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The rounds themselves are told in clusters_test, networks over clusters in network_test.
#include "core/scene/position_clusters.h"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/scene/scene_cases.h"
#include "tests/stand_in/device.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

SceneOptions by_position(int levels = 4, int rounds = 2, int learned = 2) {
  auto options = all_features();
  options.levels = levels;
  options.hierarchy = "position";
  options.rounds = rounds;
  options.learned_levels = learned;
  return options;
}

SceneOptions octree_of(SceneOptions options) {
  options.hierarchy = "octree";
  return options;
}

std::vector<int> row(const Csr& csr, std::int64_t r) {
  const auto* first = csr.offset.const_data_ptr<int>();
  const auto* column = csr.column.const_data_ptr<int>();
  return {column + first[r], column + first[r + 1]};
}

void expect_same_hierarchy(const Hierarchy& a, const Hierarchy& b) {
  ASSERT_EQ(a.first, b.first);
  EXPECT_TRUE(same_tensor(a.node, b.node));
  for (int l = 0; l < a.levels(); ++l) {
    EXPECT_TRUE(same_tensor(a.parent[l], b.parent[l])) << l;
    EXPECT_TRUE(same_tensor(a.siblings[l].column, b.siblings[l].column)) << l;
    if (l == 0) continue;
    EXPECT_TRUE(same_tensor(a.children[l].offset, b.children[l].offset)) << l;
    EXPECT_TRUE(same_tensor(a.children[l].column, b.children[l].column)) << l;
  }
}

/// Features, to the bit; positions of nodes count from other places.
void expect_same_cells_but_nodes(const Scene& a, const Scene& b) {
  for (std::size_t l = 0; l < a.cell.size(); ++l) EXPECT_TRUE(same_tensor(a.cell[l], b.cell[l])) << "level " << l;
}

/// Of each node of a level, its points as places in Morton order.
std::vector<std::vector<int>> points_of_nodes(const Scene& scene, int level) {
  std::vector<std::vector<int>> points(scene.hierarchy.size(level));
  for (std::int64_t c = 0; c < scene.hierarchy.size(level); ++c) {
    const auto below = [&](const auto& self, int l, int node) -> void {
      if (l == 0) {
        const auto* first = scene.octree.level[0].point.const_data_ptr<int>();
        for (int p = first[node]; p < first[node + 1]; ++p) points[c].push_back(p);
        return;
      }
      for (const int child : row(scene.hierarchy.children[l], node)) self(self, l - 1, child);
    };
    below(below, level, static_cast<int>(c));
  }
  return points;
}

/// A level's parents from the records of its nodes and of the seeds, by the formula, one by one in double.
std::vector<int> parents_by_brute_force(const at::Tensor& node, const at::Tensor& seed, const at::Tensor& home,
                                        const Csr& near, int rounds) {
  const auto n = node.size(0), m = seed.size(0);
  const auto x = node.accessor<float, 2>(), s = seed.accessor<float, 2>();
  std::vector<std::array<double, 3>> centre(m);
  for (std::int64_t c = 0; c < m; ++c) centre[c] = {s[c][0], s[c][1], s[c][2]};
  std::vector<int> parent(n);
  for (int t = 0; t < rounds; ++t) {
    std::vector<std::array<double, 4>> sum(m, {0, 0, 0, 0});
    for (std::int64_t u = 0; u < n; ++u) {
      std::vector<int> candidate{home[u].item<int>()};
      for (const int other : row(near, candidate[0])) candidate.push_back(other);
      double best = -std::numeric_limits<double>::infinity(), total = 0;
      std::vector<double> z;
      for (const int c : candidate) {
        double square = 0;
        for (int a = 0; a < 3; ++a) square += (x[u][a] - centre[c][a]) * (x[u][a] - centre[c][a]);
        z.push_back(-8 * square / (double(s[c][3]) * s[c][3]));
        if (z.back() > best) best = z.back(), parent[u] = c;
      }
      for (double& one : z) total += one = std::exp(one - best);
      for (std::size_t j = 0; j < z.size(); ++j) {
        const double w = z[j] / total * x[u][7];
        for (int a = 0; a < 3; ++a) sum[candidate[j]][a] += w * x[u][a];
        sum[candidate[j]][3] += w;
      }
    }
    for (std::int64_t c = 0; c < m; ++c)
      for (int a = 0; sum[c][3] > 0 && a < 3; ++a) centre[c][a] = sum[c][a] / sum[c][3];
  }
  return parent;
}

}  // namespace

TEST(PositionClusters, AreTheRoundsAroundTheOctreesCells) {
  for (const int rounds : {1, 2, 4}) {
    const auto options = by_position(4, rounds);
    const auto points = surface_points(4000, 1);
    const Scene scene = make(points, options), octree = make(points, octree_of(options));
    const auto& h = scene.hierarchy;
    ASSERT_EQ(h.first, octree.hierarchy.first) << "a level has as many nodes as the octree's";
    const auto nodes = [](const Hierarchy& of, int l) { return of.node.narrow(0, of.first[l], of.size(l)); };
    EXPECT_TRUE(same_tensor(nodes(h, 0), nodes(octree.hierarchy, 0)));
    int moved = 0;
    for (int l = 0; l < 2; ++l) {
      const auto expected =
          parents_by_brute_force(nodes(h, l), nodes(octree.hierarchy, l + 1), octree.hierarchy.parent[l],
                                 octree.hierarchy.siblings[l + 1], rounds);
      const auto* parent = h.parent[l].const_data_ptr<int>();
      EXPECT_EQ(std::vector<int>(parent, parent + h.size(l)), expected) << l;
      moved += (h.parent[l] != octree.hierarchy.parent[l]).sum().item<int>();
      EXPECT_TRUE(same_tensor(h.siblings[l].column, octree.hierarchy.siblings[l].column));
    }
    EXPECT_GT(moved, h.size(0) / 10) << "the example is one";
    EXPECT_TRUE(same_tensor(h.parent[2], octree.hierarchy.parent[2])) << "above them there are cells";
  }
}

TEST(PositionClusters, RecordsAreThoseOfTheMembersPoints) {
  for (const int learned : {1, 2, 3}) {
    const Scene scene = make(surface_points(3000, 2), by_position(4, 2, learned));
    const auto& h = scene.hierarchy;
    for (int l = 1; l < 4; ++l) {
      const auto points = points_of_nodes(scene, l);
      std::size_t all = 0;
      for (std::int64_t c = 0; c < h.size(l); ++c) {
        const auto record = h.node[h.first[l] + c];
        all += points[c].size();
        EXPECT_EQ(record[7].item<float>(), static_cast<float>(points[c].size()));
        if (points[c].empty()) continue;
        const auto mean = scene.position.index_select(0, at::tensor(points[c], at::kLong)).to(at::kDouble).mean(0);
        EXPECT_LT((record.narrow(0, 0, 3) - mean).abs().max().item<double>(), 1e-5);
        EXPECT_NEAR(record.narrow(0, 4, 3).square().sum().item<float>(), 1, 1e-5);
        for (const int child : row(h.children[l], c)) EXPECT_EQ(h.parent[l - 1][child].item<int>(), c);
      }
      EXPECT_EQ(all, 3000u);
      h.children[l].check();
    }
    expect_finite(scene);
  }
}

TEST(PositionClusters, OfCellsThatFillTheirParentsAreTheOctreeBitForBit) {
  // A point in the middle of each of 16^3 leaves.
  std::vector<float> place;
  for (int i = 0; i < 4096; ++i)
    for (const int digit : {i % 16, i / 16 % 16, i / 256}) place.push_back(0.02f * (digit + 0.5f));
  const auto points = at::tensor(place).view({-1, 3});
  for (const char* siblings : {"nearest", "tree"}) {
    auto options = by_position(5);
    options.siblings = siblings;
    const auto scene = make(points, options), octree = make(points, octree_of(options));
    expect_same_hierarchy(scene.hierarchy, octree.hierarchy);
    expect_same_cells(scene, octree);
  }
}

TEST(PositionClusters, ThatLoseAllMembersStayWithoutPoints) {
  // The points of two cells of level 1: the second one's lies at its edge, nearer to where the first one's are.
  auto options = by_position(3, 1, 1);
  options.cell_size = 1;
  const auto points =
      points_of({0.0f, 0.0f, 0.0f, 1.9f, 0.0f, 0.0f, 1.9f, 0.1f, 0.0f, 2.1f, 0.0f, 0.0f, 3.9f, 0.0f, 0.0f});
  const Scene scene = make_scene(cloud(points), options, {{0, 0, 0}});
  const auto& h = scene.hierarchy;
  ASSERT_EQ(h.size(1), 2);
  EXPECT_EQ(row(h.children[1], 0), (std::vector<int>{0, 1, 2})) << "the leaf that two points share, and 2.1";
  // Far clouds of one leaf each next to a heavy one: a cluster loses its only member when the other's mean is nearer.
  Hierarchy hierarchy;
  CellMoments moments;
  moments.level.resize(2);
  const auto level = [](const std::vector<double>& x) {
    LevelMoments one;
    const auto n = static_cast<std::int64_t>(x.size());
    one.raw = at::zeros({n, kMomentsRecord}, at::kDouble);
    one.coordinate = at::zeros({n, 3}, at::kInt);
    one.raw.select(1, 0).fill_(1);
    one.raw.select(1, 1).copy_(at::tensor(x, at::kDouble));
    return one;
  };
  moments.level[0] = level({0, 1.5});
  moments.level[1] = level({1, 9});  // of seeds whose cells were others
  std::vector<at::Tensor> mean{points_of({0.0f, 0.0f, 0.0f, 1.5f, 0.0f, 0.0f}),
                               points_of({1.0f, 0.0f, 0.0f, 9.0f, 0.0f, 0.0f})};
  hierarchy.first = {0, 2, 4};
  hierarchy.parent = {at::tensor({0, 1}, at::kInt), at::Tensor()};
  hierarchy.children = {Csr(), {at::tensor({0, 1, 2}, at::kInt), at::tensor({0, 1}, at::kInt), 2}};
  hierarchy.siblings = {Csr(), {at::tensor({0, 1, 2}, at::kInt), at::tensor({1, 0}, at::kInt), 2}};
  cluster_by_position(by_position(2, 1, 1), 0, moments, mean, hierarchy);
  EXPECT_EQ(row(hierarchy.children[1], 0), (std::vector<int>{0, 1}));
  EXPECT_EQ(row(hierarchy.children[1], 1), std::vector<int>());
  EXPECT_EQ(moments.level[1].raw[0][0].item<double>(), 2);
  EXPECT_EQ(moments.level[1].raw[1][0].item<double>(), 0);
  EXPECT_EQ(mean[1][0][0].item<float>(), 0.75f);
  EXPECT_EQ(mean[1][1][0].item<float>(), 9.0f) << "where the seed was";
}

TEST(PositionClusters, WithoutPointsGiveFiniteFeatures) {
  // Dense lumps beside single points make some cells lose what they have.
  auto points = at::cat({surface_points(3000, 3), uniform_points(400, 4)});
  std::int64_t empty = 0;
  for (const char* orientation : {"viewpoint", "up", "outward"})
    for (const char* normalise : {"none", "sphere"}) {
      auto options = by_position(5, 3, 4);
      options.orientation = orientation;
      options.normalise = normalise;
      const auto placement = half_leaf_placement(options);
      const Scene scene = input_scene(cloud(points), options, placement);
      expect_finite(scene);
      empty += (scene.hierarchy.node.select(1, 7) == 0).sum().item<std::int64_t>();
    }
  EXPECT_GT(empty, 0) << "the example has some";
}

TEST(PositionClusters, AreTheSameForAnyNumberOfThreadsAndOrderOfThePoints) {
  const auto points = surface_points(20000, 5);
  expect_same_for_threads([&] { return make(points, by_position()); },
                          [](const Scene& a, const Scene& b) {
                            expect_same_cells(a, b);
                            expect_same_hierarchy(a.hierarchy, b.hierarchy);
                          });
  const Scene a = make(points, by_position()), b = make(points.index_select(0, shuffled(20000, 6)), by_position());
  expect_same_cells(a, b);
  expect_same_hierarchy(a.hierarchy, b.hierarchy);
}

TEST(PositionClusters, DoNotDependOnTheOriginThatWasTakenOff) {
  auto options = by_position(5);
  options.features = {"offset", "normal", "shape", "density"};
  const double step = point_step(options.cell_size);
  auto points = cloud((surface_points(5000, 7) / step).round() * step), moved = points;
  points.origin = {1000, -2000, 30};
  const std::array<double, 3> shift{step * 3001, -step * 70, step * 999};
  for (int a = 0; a < 3; ++a) {
    moved.origin[a] = points.origin[a] + shift[a];
    moved.viewpoint[a] = points.viewpoint[a] - shift[a];
  }
  moved.position = points.position - at::tensor(shift, at::kDouble).to(at::kFloat);
  const auto one = input_scene(points, options, default_placement(points, options));
  const auto other = input_scene(moved, options, default_placement(moved, options));
  expect_same_cells_but_nodes(one, other);
  for (int l = 0; l < 4; ++l) EXPECT_TRUE(same_tensor(one.hierarchy.parent[l], other.hierarchy.parent[l])) << l;
}

TEST(PositionClusters, OfMergedScenesAreEachCloudsOwn) {
  std::vector<Scene> scenes;
  for (const int size : {900, 1, 0, 400}) scenes.push_back(make(surface_points(size, size + 1), by_position()));
  const Scene merged = merge_scenes(scenes);
  for (int l = 0; l < 3; ++l) {
    std::int64_t first = 0;
    for (std::size_t b = 0; b < scenes.size(); ++b) {
      const auto& own = scenes[b].hierarchy;
      const int raise = merged.cloud_cell[l + 1][static_cast<std::int64_t>(b)].item<int>();
      EXPECT_TRUE(same_tensor(merged.hierarchy.parent[l].narrow(0, first, own.size(l)), own.parent[l] + raise));
      first += own.size(l);
    }
    merged.hierarchy.children[l + 1].check();
  }
}

TEST(DevicePositionClusters, AreTheCpus) {
  const auto options = by_position(5);
  for (const int size : {6000, 1, 0}) {
    const auto points = cloud(surface_points(size, 8));
    const auto placement = half_leaf_placement(options);
    const Scene here = make_scene(points, options, placement);
    const Scene there = make_scene(to(points, tested_device()), options, placement);
    for (int l = 0; l < 4; ++l) {
      EXPECT_TRUE(bits_there(there.hierarchy.parent[l], here.hierarchy.parent[l])) << l;
      EXPECT_TRUE(bits_there(there.hierarchy.children[l + 1].column, here.hierarchy.children[l + 1].column)) << l;
    }
    EXPECT_TRUE(same_there(there.hierarchy.node, here.hierarchy.node));
  }
}
