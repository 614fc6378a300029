// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/octree_part.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

namespace treewalk {
namespace {

at::Tensor places(std::int64_t points) {
  at::manual_seed(5);
  return at::rand({points, 3}).mul(at::tensor({40.0f, 30.0f, 6.0f}));
}

void expect_cells_alone(const OctreePart& found, const OctreePart& part) {
  EXPECT_EQ(found.point.size(0) + found.octree.order.size(0) + found.octree.leaf.size(0), 0);
  for (int l = 0; l < part.octree.levels(); ++l) {
    const auto &some = found.octree.level[l], &all = part.octree.level[l];
    EXPECT_TRUE(at::equal(found.cell[l], part.cell[l])) << l;
    EXPECT_TRUE(at::equal(some.key, all.key)) << l;
    EXPECT_TRUE(l == 0 || at::equal(some.child, all.child)) << l;
    EXPECT_TRUE(l + 1 == part.octree.levels() || at::equal(some.parent, all.parent)) << l;
    EXPECT_TRUE(at::equal(some.point, at::zeros_like(all.point))) << l;
  }
}

struct Case {
  int branching, levels, level;
};

// The points of a part make the same octree by themselves, in a grid of the same place.
TEST(OctreePart, IsTheOctreeOfItsPoints) {
  for (const Case& one : {Case{2, 5, 2}, Case{2, 5, 0}, Case{2, 4, 3}, Case{3, 3, 1}}) {
    const auto position = places(3000);
    Grid grid;
    grid.branching = one.branching;
    const auto whole = build_octree(position, grid, one.levels);
    const auto cells = whole.level[one.level].size();
    for (const CellRuns& runs : std::vector<CellRuns>{{{0, cells}},
                                                      {{0, 1}},
                                                      {{cells - 1, cells}},
                                                      {{1, cells / 3}, {cells / 3, cells / 2}, {cells / 2 + 1, cells}},
                                                      {{0, 2}, {cells / 2, cells / 2 + 1}}}) {
      const auto part = octree_part(whole, one.level, runs);
      part.octree.check();
      const auto own = position.index_select(0, part.point);
      const auto expected = build_octree(own, grid, one.levels);
      EXPECT_TRUE(at::equal(part.octree.order, at::arange(own.size(0), at::kInt)));
      EXPECT_TRUE(at::equal(part.octree.leaf, expected.leaf));
      for (int l = 0; l < one.levels; ++l) {
        const auto &found = part.octree.level[l], &level = expected.level[l];
        EXPECT_TRUE(at::equal(found.key, level.key)) << l;
        EXPECT_TRUE(at::equal(found.point, level.point)) << l;
        EXPECT_TRUE(l == 0 || at::equal(found.child, level.child)) << l;
        EXPECT_TRUE(l + 1 == one.levels || at::equal(found.parent, level.parent)) << l;
        EXPECT_TRUE(at::equal(whole.level[l].key.index_select(0, part.cell[l]), found.key)) << l;
      }
      expect_cells_alone(octree_part(whole, one.level, runs, false), part);
      std::vector<std::int64_t> leaves;
      for (const auto& [begin, end] : cells_below(whole, one.level, runs, 0))
        for (auto leaf = begin; leaf < end; ++leaf) leaves.push_back(leaf);
      EXPECT_TRUE(at::equal(at::tensor(leaves), part.cell[0].to(at::kLong)));
    }
  }
}

TEST(OctreePart, NoRunsGiveNoCells) {
  const auto part = octree_part(build_octree(places(100), {}, 3), 1, {});
  EXPECT_EQ(part.point.size(0), 0);
  for (const auto& level : part.octree.level) EXPECT_EQ(level.size(), 0);
}

TEST(OctreeFrom, HasTheLevelsAboveAndNoPoints) {
  const auto whole = build_octree(places(2000), {}, 5);
  const auto coarse = octree_from(whole, 2);
  ASSERT_EQ(coarse.levels(), 5);
  EXPECT_EQ(coarse.order.size(0), 0);
  for (int l = 0; l < 5; ++l) {
    EXPECT_EQ(coarse.level[l].size(), l < 2 ? 0 : whole.level[l].size());
    EXPECT_EQ(coarse.level[l].point.size(0), coarse.level[l].size() + 1);
    EXPECT_TRUE(l <= 2 || at::equal(coarse.level[l].child, whole.level[l].child));
    EXPECT_TRUE(l < 2 || l + 1 == 5 || at::equal(coarse.level[l].parent, whole.level[l].parent));
  }
  EXPECT_EQ(coarse.level[2].child.abs().sum().item<std::int64_t>(), 0);
}

TEST(ParentsIn, AreThePartsOwnAndTheOctreesWhereThePartHasThemNot) {
  Grid grid;
  const auto whole = build_octree(places(3000), grid, 4);
  const auto cells = whole.level[2].size(), parents = whole.level[1].size();
  const auto part = octree_part(whole, 2, {{1, cells / 3}, {cells / 2, cells}});
  // Every leaf has a parent somewhere else.
  const auto other = whole.level[0].parent.add(parents / 2).remainder(parents).to(at::kInt);
  const auto found = parents_in(part, 0, other);
  const auto of_whole = part.cell[1];
  int own = 0;
  for (std::int64_t i = 0; i < found.size(0); ++i) {
    const int wanted = other[part.cell[0][i].item<int>()].item<int>(), place = found[i].item<int>();
    if (of_whole.eq(wanted).any().item<bool>()) {
      ++own;
      ASSERT_EQ(of_whole[place].item<int>(), wanted);
    } else {
      ASSERT_EQ(place, part.octree.level[0].parent[i].item<int>());
    }
  }
  EXPECT_GT(own, 100);
  EXPECT_LT(own, found.size(0) - 100);
  EXPECT_TRUE(at::equal(parents_in(part, 0, whole.level[0].parent), part.octree.level[0].parent));
}

TEST(PlacesOf, AreWhatKeysAreMadeOf) {
  const at::Tensor points = at::tensor({0.5f, 0.5f, 0.5f, 5.5f, 2.5f, 1.5f, 3.5f, 8.5f, 7.5f}).view({3, 3});
  for (const int branching : {2, 3}) {
    Grid grid;
    grid.branching = branching;
    const auto octree = build_octree(points, grid, 2);
    for (int l = 0; l < 2; ++l) {
      const auto found = places_of(octree.level[l], branching);
      for (std::int64_t p = 0; p < 3; ++p) {
        auto cell = octree.leaf[p].item<int>();
        if (l == 1) cell = octree.level[0].parent[cell].item<int>();
        for (int a = 0; a < 3; ++a)
          EXPECT_EQ(found[cell][a], static_cast<int>(points[p][a].item<float>()) / (l == 1 ? branching : 1));
      }
    }
  }
}

}  // namespace
}  // namespace treewalk
