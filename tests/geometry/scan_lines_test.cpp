// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Trees of organised clouds, against hand-made runs and plain loops.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/geometry/tree_checks.h"
#include "tests/support/error_of.h"
#include "treewalk/nn/nodes.h"
#include "treewalk/nn/tree.h"

namespace treewalk {
namespace {

using nn::ScanLines;
using nn::Tree;
using nn::TreeLevel;
using Ints = std::vector<std::int32_t>;

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

struct Image {
  std::vector<std::array<float, 3>> point;
  std::int64_t width = 0;
  CloudView view() const {
    CloudView view{reinterpret_cast<const std::byte*>(point.data()), std::int64_t(point.size()), 12, {}};
    for (const std::size_t a : {0, 1, 2}) view.fields.push_back({std::string(1, "xyz"[a]), 4 * a, Scalar::float32, 1});
    return view;
  }
};

/// Rows of depths, a pixel a metre apart at y = row, of points straight ahead of it.
Image image(const std::vector<std::vector<float>>& depth) {
  Image image;
  image.width = std::int64_t(depth[0].size());
  for (std::size_t row = 0; row < depth.size(); ++row)
    for (std::size_t i = 0; i < depth[row].size(); ++i)
      image.point.push_back({0.01f * float(i), 0.01f * float(row), depth[row][i]});
  return image;
}

/// A wall with a box before it, some pixels missing, with noise.
Image scene(int width, int height, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> noise(0, 0.002f);
  std::vector<std::vector<float>> depth(height, std::vector<float>(width));
  for (int r = 0; r < height; ++r)
    for (int i = 0; i < width; ++i) {
      const bool box = i > width / 3 && i < width / 2 && r > height / 3;
      depth[r][i] = random() % 20 == 0 ? kNone : (box ? 1.0f : 2.0f) + noise(random);
    }
  return image(depth);
}

float record(const TreeLevel& level, std::int64_t node, int column) { return level.record[8 * node + column]; }

double squared_distance(const TreeLevel& level, std::int64_t a, std::int64_t b) {
  double sum = 0;
  for (int axis = 0; axis < 3; ++axis) sum += std::pow(double{record(level, a, axis)} - record(level, b, axis), 2);
  return sum;
}

TEST(ScanLines, RunsEndAtRowsGapsAndJumps) {
  const auto cloud = image({{2, 2, kNone, 2, 2, 1}, {1, 1, 1, 2, kNone, 2}});
  const auto tree = nn::scan_line_tree(cloud.view(), cloud.width, {3, 16, 0.05, 8});
  ASSERT_EQ(tree.level.size(), 3u);
  EXPECT_EQ(tree.level[0].name, (Ints{0, 1, 3, 4, 5, 6, 7, 8, 9, 11}));
  EXPECT_EQ(tree.level[0].parent, (Ints{0, 0, 1, 1, 2, 3, 3, 3, 4, 5}));
  EXPECT_EQ(tree.level[1].size, 6);
  EXPECT_EQ(tree.level[1].parent, (Ints{0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(tree.level[2].size, 1);
  EXPECT_TRUE(tree.level[2].parent.empty());
  // The run of the first three points of the second row.
  EXPECT_FLOAT_EQ(record(tree.level[1], 3, 0), 0.01f);
  EXPECT_FLOAT_EQ(record(tree.level[1], 3, 1), 0.01f);
  EXPECT_FLOAT_EQ(record(tree.level[1], 3, 2), 1);
  EXPECT_NEAR(record(tree.level[1], 3, 3), 0.02, 1e-7);
  EXPECT_EQ(record(tree.level[1], 3, 7), 3);
  // Steps of .01 within runs, so no node is smaller.
  for (int u = 0; u < 10; ++u) EXPECT_NEAR(record(tree.level[0], u, 3), 0.01, 1e-7);
  EXPECT_NEAR(record(tree.level[1], 5, 3), 0.01, 1e-7);
  EXPECT_EQ(record(tree.level[2], 0, 7), 10);
}

TEST(ScanLines, ALongRunIsCutIntoEquallyLongParts) {
  const auto cloud = image({std::vector<float>(10, 1.0f)});
  const auto parents = [&](int longest) {
    return nn::scan_line_tree(cloud.view(), 10, {3, longest, 0.05, 8}).level[0].parent;
  };
  EXPECT_EQ(parents(4), (Ints{0, 0, 0, 0, 1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(parents(9), (Ints{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}));
  EXPECT_EQ(parents(10), Ints(10, 0));
  EXPECT_EQ(parents(1), (Ints{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(ScanLines, RangesCountFromTheViewpoint) {
  const auto cloud = image({{1, 1.2f, 1.4f}});
  auto view = cloud.view();
  EXPECT_EQ(nn::scan_line_tree(view, 3, {3, 16, 0.1, 8}).level[1].size, 3);
  view.viewpoint = {0, 0, -10};  // eleven metres away, .2 are less than a tenth
  EXPECT_EQ(nn::scan_line_tree(view, 3, {3, 16, 0.1, 8}).level[1].size, 1);
}

TEST(ScanLines, EveryLevelIsWhatLoopsFindInTheOneBelow) {
  const auto cloud = scene(40, 30, 1);
  const ScanLines options{5, 8, 0.05, 6};
  const auto tree = nn::scan_line_tree(cloud.view(), cloud.width, options);
  check(tree);
  ASSERT_EQ(tree.level.size(), 5u);
  EXPECT_EQ(tree.level[4].size, 1);
  for (std::size_t l = 0; l < tree.level.size(); ++l) {
    const auto& level = tree.level[l];
    for (std::int64_t u = 0; u < level.size; ++u) {  // the nearest of the level
      std::vector<std::pair<double, std::int32_t>> others;
      for (std::int32_t v = 0; v < level.size; ++v)
        if (v != u) others.emplace_back(squared_distance(level, u, v), v);
      std::sort(others.begin(), others.end());
      const auto begin = level.sibling_offset[u], end = level.sibling_offset[u + 1];
      ASSERT_EQ(end - begin, std::min<std::int64_t>(6, level.size - 1));
      for (auto e = begin; e < end; ++e)
        EXPECT_NEAR(squared_distance(level, u, level.sibling[e]), others[e - begin].first, 1e-9) << l << " " << u;
    }
    if (l == 0) continue;
    const auto& below = tree.level[l - 1];
    std::vector<double> leaves(level.size), x(level.size);
    for (std::int64_t u = 0; u < below.size; ++u) {
      leaves[below.parent[u]] += record(below, u, 7);
      x[below.parent[u]] += double{record(below, u, 7)} * record(below, u, 0);
    }
    for (std::int64_t p = 0; p < level.size; ++p) {
      EXPECT_EQ(record(level, p, 7), leaves[p]);
      EXPECT_NEAR(record(level, p, 0), x[p] / leaves[p], 1e-6);
    }
  }
  // Seeds: fewer, and children are nearer to each other than a few runs are long.
  EXPECT_LT(2 * tree.level[2].size, tree.level[1].size);
  EXPECT_LT(2 * tree.level[3].size, tree.level[2].size);
}

TEST(ScanLines, NoRunMixesBoxAndWall) {
  const auto cloud = scene(60, 40, 2);
  const auto tree = nn::scan_line_tree(cloud.view(), cloud.width);
  std::vector<float> least(tree.level[1].size, 9), most(tree.level[1].size, 0);
  for (std::int64_t u = 0; u < tree.level[0].size; ++u) {
    const float depth = cloud.point[tree.level[0].name[u]][2];
    const auto run = tree.level[0].parent[u];
    least[run] = std::min(least[run], depth), most[run] = std::max(most[run], depth);
  }
  for (std::size_t run = 0; run < least.size(); ++run) EXPECT_LT(most[run] - least[run], 0.5f) << run;
}

TEST(ScanLines, CoordinatesInDoubleKeepTheirPlace) {
  const auto near = scene(20, 10, 3);
  std::vector<std::array<double, 3>> far;
  for (const auto& p : near.point) far.push_back({p[0] + 5e5, p[1] + 5.4e6, double{p[2]}});
  CloudView view{reinterpret_cast<const std::byte*>(far.data()), std::int64_t(far.size()), 24, {}, {5e5, 5.4e6, 0}};
  for (const std::size_t a : {0, 1, 2}) view.fields.push_back({std::string(1, "xyz"[a]), 8 * a, Scalar::float64, 1});
  const auto expected = nn::scan_line_tree(near.view(), 20), found = nn::scan_line_tree(view, 20);
  for (std::size_t l = 0; l < 2; ++l) EXPECT_EQ(found.level[l].parent.size(), expected.level[l].parent.size());
  EXPECT_EQ(found.level[0].parent, expected.level[0].parent);
  EXPECT_EQ(found.level[0].name, expected.level[0].name);
}

TEST(ScanLines, WithoutFinitePointsLevelsAreEmpty) {
  const auto cloud = image({{kNone, kNone}, {kNone, kNone}});
  const auto tree = nn::scan_line_tree(cloud.view(), 2);
  ASSERT_EQ(tree.level.size(), 5u);
  check(tree);
  for (const auto& level : tree.level) EXPECT_EQ(level.size, 0);
  const auto one = nn::scan_line_tree(image({{kNone, 1}}).view(), 2);
  check(one);
  for (const auto& level : one.level) EXPECT_EQ(level.size, 1);
  EXPECT_EQ(record(one.level[0], 0, 3), 1);  // no step to measure
}

TEST(ScanLines, WhatACameraDoesNotSeeGoesToOneSeed) {
  auto cloud = scene(60, 40, 4);
  for (std::size_t i = 0; i < cloud.point.size(); ++i)
    if (i / 7 % 3 == 0) cloud.point[i] = {0, 0, 0};
  const auto tree = nn::scan_line_tree(cloud.view(), cloud.width);
  check(tree);
  std::set<std::int32_t> above;
  for (std::int64_t u = 0; u < tree.level[1].size; ++u)
    if (record(tree.level[1], u, 2) == 0) above.insert(tree.level[1].parent[u]);
  EXPECT_EQ(above.size(), 1u);
  EXPECT_LT(2 * tree.level[2].size, tree.level[1].size);
  EXPECT_LT(2 * tree.level[3].size, tree.level[2].size);
}

TEST(ScanLines, PointsAtOnePlaceMakeATreeToo) {
  Image cloud;
  cloud.width = 50;
  cloud.point.assign(200, {1, 2, 3});
  const auto tree = nn::scan_line_tree(cloud.view(), 50);
  check(tree);
  EXPECT_EQ(tree.level[1].size, 16);
  for (const int l : {2, 3, 4}) EXPECT_EQ(tree.level[l].size, 1);
}

TEST(ScanLines, WhatIsNoImageIsRefused) {
  const auto cloud = image({{1, 1, 1}, {1, 1, 1}});
  const auto error = [&](std::int64_t width, const ScanLines& options) {
    return error_of([&] { nn::scan_line_tree(cloud.view(), width, options); });
  };
  EXPECT_EQ(error(4, {}), "scan lines: 6 points are no rows of 4; the width must be that of an organised cloud");
  EXPECT_EQ(error(0, {}), "scan lines: 6 points are no rows of 0; the width must be that of an organised cloud");
  EXPECT_EQ(error(3, {2}), "scan lines: the number of levels must be 3 to 22, but is 2");
  EXPECT_EQ(error(3, {5, 0}), "scan lines: the longest run must be 1 to 1048576, but is 0");
  EXPECT_EQ(error(3, {5, 16, 0}), "scan lines: the jump must be a number above 0, but is 0.000000");
  EXPECT_EQ(error(3, {5, 16, kNone}), "scan lines: the jump must be a number above 0, but is nan");
  EXPECT_EQ(error(3, {5, 16, HUGE_VAL}), "scan lines: the jump must be a number above 0, but is inf");
  EXPECT_EQ(error(3, {5, 16, 0.05, 65}), "scan lines: the number of siblings must be 1 to 64, but is 65");
  auto far = cloud;
  far.point[4][1] = 3e38f;
  EXPECT_EQ(error_of([&] { nn::scan_line_tree(far.view(), 3); }),
            "scan lines: the cloud reaches beyond 1e18 on axis y; remove the points that are far out");
}

TEST(ScanLines, ANetworkLearnsOverThem) {
  const auto nodes_of = [](unsigned seed) {
    const auto cloud = scene(32, 24, seed);
    nn::Nodes nodes;
    nodes.columns = 1;
    nodes.tree = nn::scan_line_tree(cloud.view(), cloud.width, {4});
    for (const auto place : nodes.tree.level[0].name) {
      nodes.feature.push_back(cloud.point[place][2] - 1.5f);
      nodes.label.push_back(cloud.point[place][2] < 1.5f ? 1 : 0);
    }
    return nodes;
  };
  nn::NodeTraining training;
  training.recipe = R"({"task": "segmentation", "data": "trees",
    "classes": [{"id": 0, "name": "wall"}, {"id": 1, "name": "box"}],
    "network": {"widths": [16, 16, 16, 16], "head_width": 8}, "training": {"epochs": 10, "batch": 1}})";
  training.threads = 1;
  const auto model = nn::train_nodes({nodes_of(1), nodes_of(2)}, training);
  const auto unseen = nodes_of(3);
  const auto found = model.labels(unseen);
  std::int64_t right = 0;
  for (std::size_t i = 0; i < found.size(); ++i) right += found[i] == unseen.label[i];
  EXPECT_GT(right, std::int64_t(found.size()) * 95 / 100);
}

}  // namespace
}  // namespace treewalk
