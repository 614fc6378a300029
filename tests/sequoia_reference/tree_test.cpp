// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/sequoia_reference/tree.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "tests/sequoia_reference/examples.h"
#include "tests/sequoia_reference/network.h"
#include "tests/sequoia_reference/surfaces.h"
#include "tests/support/support.h"

namespace treewalk::sequoia_reference {
namespace {

using Cell = std::array<std::int64_t, 4>;

TEST(ReleasedTree, HashesCellsByMultiplyingFirst) {
  // Worked out with integers of any length.
  EXPECT_EQ(hash_of(Cell{0, 0, 0, 0}.data(), 4), 5558979605539197941u);
  EXPECT_EQ(hash_of(Cell{2, 2, 2, 1}.data(), 4), 4308733729523125478u);
  EXPECT_EQ(hash_of(Cell{8, 8, 8, 2}.data(), 4), 573318895522628991u);
  const std::int64_t pair[2] = {10, 12};
  EXPECT_EQ(hash_of(pair, 2), 590673072704151267u);
}

/// The tree once more: cells as text, order and ids by searching, numbers in double, the hash modulo 2^64 in 128 bits.
struct BruteForceTree {
  std::vector<Cell> cell;
  std::vector<std::array<double, 3>> centre;  // from the corner of the box
  std::vector<std::array<std::int64_t, 4>> edge;
  std::array<double, 3> corner{};

  static std::uint64_t hash(const std::vector<std::int64_t>& words) {
    unsigned __int128 h = 14695981039346656037u;
    for (const std::int64_t word : words) h = (h * 1099511628211u % (static_cast<unsigned __int128>(1) << 64)) ^ word;
    return static_cast<std::uint64_t>(h);
  }

  explicit BruteForceTree(const at::Tensor& position) {
    const std::int64_t n = position.size(0);
    const auto p = [&](std::int64_t i, int a) { return double(position[i][a].item<float>()); };
    std::array<double, 3> side{};
    for (int a = 0; a < 3; ++a) {
      corner[a] = position.select(1, a).min().item<double>() - 1e-6;
      side[a] = position.select(1, a).max().item<double>() + 1e-6 - corner[a];
    }
    std::vector<std::array<Cell, 3>> of_point(n);
    std::map<std::uint64_t, Cell> by_hash;
    for (std::int64_t i = 0; i < n; ++i)
      for (int depth = 0; depth < 3; ++depth) {
        Cell c{0, 0, 0, depth};
        for (int a = 0; a < 3; ++a) c[a] = std::int64_t((p(i, a) - corner[a]) / side[a] * std::pow(3, depth));
        of_point[i][depth] = c;
        by_hash[hash({c[0], c[1], c[2], c[3]})] = c;
      }
    for (const auto& [h, c] : by_hash) {
      cell.push_back(c);
      std::array<double, 3> middle{};
      for (int a = 0; a < 3; ++a) middle[a] = (double(c[a]) + 0.5) * side[a] / std::pow(3, c[3]);
      centre.push_back(middle);
    }
    const auto id = [&](const Cell& c) { return n + (std::find(cell.begin(), cell.end(), c) - cell.begin()); };
    for (const Cell& c : cell)
      if (c[3] == 1) edge.push_back({id({0, 0, 0, 0}), id(c), 0, 1});
    std::map<std::uint64_t, std::array<std::int64_t, 4>> pairs;
    for (const auto& c : of_point) pairs[hash({id(c[1]), id(c[2])})] = {id(c[1]), id(c[2]), 1, 2};
    for (const auto& [h, pair] : pairs) edge.push_back(pair);
    for (std::int64_t i = 0; i < n; ++i) edge.push_back({id(of_point[i][2]), i, 2, 3});
  }
};

void expect_same_tree(const at::Tensor& position) {
  const BruteForceTree expected(position);
  const Tree tree = build_tree(position), in_frame = build_tree(position, CentreFrame::of_the_points);
  const std::int64_t n = position.size(0);
  EXPECT_EQ(tree.points, n);
  EXPECT_EQ(tree.cell, expected.cell);
  ASSERT_EQ(tree.edge.size(), expected.edge.size());
  for (std::size_t e = 0; e < tree.edge.size(); ++e) {
    const Edge& edge = tree.edge[e];
    EXPECT_EQ((std::array<std::int64_t, 4>{edge.parent, edge.child, edge.parent_depth, edge.child_depth}),
              expected.edge[e])
        << e;
  }
  EXPECT_TRUE(at::equal(tree.coordinates.narrow(0, 0, n), position));
  ASSERT_EQ(tree.coordinates.size(0), n + std::int64_t(expected.cell.size()));
  for (std::size_t r = 0; r < expected.cell.size(); ++r)
    for (int a = 0; a < 3; ++a) {
      const double centre = expected.centre[r][a];
      EXPECT_NEAR(tree.coordinates[n + std::int64_t(r)][a].item<double>(), centre, 1e-5);
      EXPECT_NEAR(in_frame.coordinates[n + std::int64_t(r)][a].item<double>(), expected.corner[a] + centre, 1e-5);
    }
}

TEST(ReleasedTree, OfAHandMadeCloud) {
  // A box of 9 x 9 x 9 at (10, -5, 2): cells of depth 2 are unit cubes, but for the margin.
  const at::Tensor position = test::points_of<float>(
      {10, -5, 2, 19, 4, 11, 14.5, -4.5, 10.5, 14.6, -4.6, 10.4, 10.5, -4.5, 4.5, 17.5, 2.5, 9.5});
  expect_same_tree(position);
  const Tree tree = build_tree(position);
  const std::set<Cell> cells(tree.cell.begin(), tree.cell.end());
  EXPECT_EQ(cells, (std::set<Cell>{{0, 0, 0, 0},
                                   {0, 0, 0, 1},
                                   {2, 2, 2, 1},
                                   {1, 0, 2, 1},
                                   {0, 0, 0, 2},
                                   {8, 8, 8, 2},
                                   {4, 0, 8, 2},
                                   {0, 0, 2, 2},
                                   {7, 7, 7, 2}}));
  // Points 2 and 3 share a voxel, whose centre lies at (4.5, 0.5, 8.5) from the corner: the release forgets the corner.
  const std::size_t rows = tree.edge.size();
  EXPECT_EQ(tree.edge[rows - 4].parent, tree.edge[rows - 3].parent);
  const at::Tensor centre = tree.coordinates[tree.edge[rows - 4].parent];
  EXPECT_TRUE(at::allclose(centre, test::points_of<float>({4.5, 0.5, 8.5}).squeeze(0), 0, 1e-4)) << centre;
}

TEST(ReleasedTree, EqualsBruteForceOnSurfaces) {
  for (int kind = 0; kind < kSurfaceKinds; ++kind) expect_same_tree(made_up_surface(kind, 300, 5).position);
}

TEST(ReleasedTree, OfOnePointAndOfEqualPointsIsAChain) {
  for (const std::int64_t points : {1, 5}) {
    const Tree tree = build_tree(at::full({points, 3}, 0.25f));
    EXPECT_EQ(tree.cell.size(), 3u);
    EXPECT_EQ(tree.edge.size(), std::size_t(2 + points));
  }
}

TEST(ReleasedTree, HasTheUsualNumberOfNodesAndOneParentEach) {
  for (int kind = 0; kind < kSurfaceKinds; ++kind) {
    const bool ball = kind == 0 || kind == 3;  // the others leave more of the box empty
    constexpr int kTrees = 10;
    double voxels = 0;
    for (std::uint64_t seed = 0; seed < kTrees; ++seed) {
      const Tree tree = build_tree(made_up_surface(kind, 1024, seed).position);
      std::array<std::int64_t, 3> at_depth{};
      for (const Cell& c : tree.cell) ++at_depth[c[3]];
      EXPECT_EQ(at_depth[0], 1);
      EXPECT_GE(at_depth[1], ball ? 23 : 1);
      EXPECT_LE(at_depth[1], ball ? 26 : 27);
      EXPECT_GE(at_depth[2], 94);
      EXPECT_LE(at_depth[2], 376);
      voxels += double(tree.cell.size());
      std::vector<int> parents(tree.nodes());
      for (const Edge& edge : tree.edge) ++parents[edge.child];
      EXPECT_EQ(std::count(parents.begin(), parents.end(), 0), 1);
      EXPECT_EQ(std::count(parents.begin(), parents.end(), 1), tree.nodes() - 1);
    }
    EXPECT_LE(voxels / kTrees, 380) << kind;
    if (ball) {
      EXPECT_GE(voxels / kTrees, 300) << kind;
    }
  }
}

TEST(ReleasedTree, PoolsNearlyAllFineVoxelsIntoAWrongParent) {
  double wrong = 0, all = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Batch batch = surfaces_batch(kSurfaceKinds, 1024, 10 * seed, Embedding::of_normals);
    for (int i = 0; i + 1 < kLevels; ++i) {
      const Links& links = batch.links[i];
      ASSERT_TRUE(links.single_parents);
      std::map<std::int64_t, std::int64_t> parent;
      for (std::int64_t e = 0; e < links.child.numel(); ++e)
        parent[links.child[e].item<std::int64_t>()] = links.parent[e].item<std::int64_t>();
      ASSERT_EQ(std::int64_t(parent.size()), batch.level[i].nodes());
      const at::Tensor aligned = pooled_into(batch, i, true), released = pooled_into(batch, i, false);
      std::int64_t differ = 0;
      for (const auto& [child, its] : parent) {
        EXPECT_EQ(aligned[child].item<std::int64_t>(), its);
        differ += released[child].item<std::int64_t>() != its;
      }
      if (i == 1)
        wrong += double(differ), all += double(parent.size());
      else
        EXPECT_EQ(differ, 0) << "level " << i;
    }
  }
  EXPECT_GT(wrong / all, 0.95);
  EXPECT_LT(wrong / all, 0.99);
}

}  // namespace
}  // namespace treewalk::sequoia_reference
