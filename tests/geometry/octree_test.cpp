// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/octree.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "core/geometry/morton.h"
#include "tests/support/support.h"
#include "tests/support/wide_tree.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

std::vector<std::int64_t> list(const at::Tensor& tensor) {
  const auto wide = tensor.to(at::kLong).contiguous();
  return {wide.const_data_ptr<std::int64_t>(), wide.const_data_ptr<std::int64_t>() + wide.numel()};
}

using List = std::vector<std::int64_t>;

void expect_same(const Octree& a, const Octree& b) {
  const auto same = [](const at::Tensor& x, const at::Tensor& y) {
    return same_tensor(x.defined() ? x.cpu() : x, y.defined() ? y.cpu() : y);
  };
  EXPECT_TRUE(same(a.order, b.order));
  EXPECT_TRUE(same(a.leaf, b.leaf));
  ASSERT_EQ(a.levels(), b.levels());
  for (int l = 0; l < a.levels(); ++l) {
    EXPECT_TRUE(same(a.level[l].key, b.level[l].key)) << l;
    EXPECT_TRUE(same(a.level[l].point, b.level[l].point)) << l;
    EXPECT_TRUE(same(a.level[l].child, b.level[l].child)) << l;
    EXPECT_TRUE(same(a.level[l].parent, b.level[l].parent)) << l;
  }
}

}  // namespace

TEST(Morton, InterleavesBitsOfXThenYThenZ) {
  EXPECT_EQ(morton_encode(1, 0, 0), 1u);
  EXPECT_EQ(morton_encode(0, 1, 0), 2u);
  EXPECT_EQ(morton_encode(0, 0, 1), 4u);
  EXPECT_EQ(morton_encode(3, 0, 2), 0b101001u);
  EXPECT_EQ(morton_encode(kMortonCells - 1, kMortonCells - 1, kMortonCells - 1), (std::uint64_t{1} << 63) - 1);
}

TEST(Morton, DecodesWhatItEncodes) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t x = random() % kMortonCells, y = random() % kMortonCells, z = random() % kMortonCells;
    const MortonCell cell = morton_decode(morton_encode(x, y, z));
    EXPECT_EQ(cell.x, static_cast<std::int64_t>(x));
    EXPECT_EQ(cell.y, static_cast<std::int64_t>(y));
    EXPECT_EQ(cell.z, static_cast<std::int64_t>(z));
  }
}

TEST(Morton, ShortKeysEqualTheOthers) {
  for (std::uint32_t i = 0; i < 1024; ++i)
    EXPECT_EQ(short_morton_encode(i, 1023 - i, i * 7 % 1024), morton_encode(i, 1023 - i, i * 7 % 1024));
}

// Five points in a 4 x 4 x 4 grid: two share leaf (0,0,0), one is in (1,0,0), one in (2,2,0) and one in (3,3,3).
TEST(Octree, HandMadeExample) {
  const auto points =
      points_of<float>({3.5f, 3.5f, 3.5f, 0.9f, 0.1f, 0.1f, 2.5f, 2.5f, 0.5f, 1.5f, 0.5f, 0.5f, 0.1f, 0.1f, 0.1f});
  for (const auto type : {at::kFloat, at::kDouble}) {
    const Octree octree = build_octree(points.to(type), Grid{}, 3);
    octree.check();
    EXPECT_EQ(list(octree.order), (List{1, 4, 3, 2, 0}));
    EXPECT_EQ(list(octree.leaf), (List{3, 0, 2, 1, 0}));
    EXPECT_EQ(list(octree.level[0].key), (List{0, 1, 24, 63}));
    EXPECT_EQ(list(octree.level[0].point), (List{0, 2, 3, 4, 5}));
    EXPECT_EQ(list(octree.level[0].parent), (List{0, 0, 1, 2}));
    EXPECT_EQ(list(octree.level[1].key), (List{0, 3, 7}));
    EXPECT_EQ(list(octree.level[1].point), (List{0, 3, 4, 5}));
    EXPECT_EQ(list(octree.level[1].child), (List{0, 2, 3, 4}));
    EXPECT_EQ(list(octree.level[1].parent), (List{0, 0, 0}));
    EXPECT_EQ(list(octree.level[2].key), (List{0}));
    EXPECT_EQ(list(octree.level[2].child), (List{0, 3}));
    EXPECT_FALSE(octree.level[2].parent.defined());
    EXPECT_FALSE(octree.level[0].child.defined());
  }
}

struct Case {
  const char* name;
  at::Tensor points;
  int depth, levels;
};

std::vector<Case> cases() {
  auto outlier = surface_points(40000, 5);
  outlier[17].fill_(1e6);
  auto repeated = uniform_points(50, 6).repeat({1500, 1});
  auto shifted = surface_points(70000, 7, at::kDouble).mul(1000).add(4.5e6);
  return {{"surface", surface_points(200000, 1), 10, 11},
          {"uniform", uniform_points(100000, 2), 9, 10},
          {"wide keys", uniform_points(70000, 3), 20, 21},
          {"full keys", uniform_points(70000, 3), 21, 22},
          {"few levels", surface_points(100000, 4), 8, 5},
          {"outlier", outlier, 21, 22},
          {"repeated", repeated, 6, 7},
          {"georeferenced doubles", shifted, 12, 13},
          {"one point", uniform_points(1, 8), 5, 6},
          {"all equal", uniform_points(1, 9).repeat({100000, 1}), 5, 6},
          {"more levels than the extent needs", uniform_points(1000, 10), 3, 9}};
}

TEST(Octree, EqualsTheScannedFormForAnyNumberOfThreads) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Grid grid = fit_grid(c.points, c.depth);
    const Octree oracle = build_octree_by_scans(c.points, grid, c.levels);
    oracle.check();
    with_threads([&] {
      const Octree octree = build_octree(c.points, grid, c.levels);
      octree.check();
      expect_same(octree, oracle);
    });
  }
}

TEST(Octree, IsTheSameOnEveryDevice) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Octree oracle = build_octree(c.points, fit_grid(c.points, c.depth), c.levels);
    for (const auto device : devices()) {
      const auto points = c.points.to(device);
      const Octree octree = build_octree(points, fit_grid(points, c.depth), c.levels);
      EXPECT_EQ(octree.leaf.device(), points.device());
      octree.check();
      expect_same(octree, oracle);
    }
  }
}

TEST(Octree, EveryPointLiesInItsLeafCell) {
  const auto points = surface_points(20000, 11, at::kDouble);
  const Grid grid = fit_grid(points, 7);
  const Octree octree = build_octree(points, grid, 8);
  for (std::int64_t i = 0; i < points.size(0); ++i) {
    const auto cell = morton_decode(
        octree.level[0].key.const_data_ptr<std::int64_t>()[octree.leaf.const_data_ptr<std::int32_t>()[i]]);
    const double* p = points.const_data_ptr<double>() + 3 * i;
    EXPECT_EQ(cell.x, std::floor((p[0] - grid.origin[0]) * (1 / grid.cell)));
    EXPECT_EQ(cell.y, std::floor((p[1] - grid.origin[1]) * (1 / grid.cell)));
    EXPECT_EQ(cell.z, std::floor((p[2] - grid.origin[2]) * (1 / grid.cell)));
  }
  EXPECT_EQ(octree.level[7].size(), 1);
}

TEST(Octree, EmptyInputGivesLevelsWithoutCells) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const auto points = at::empty({0, 3}, type);
    EXPECT_EQ(fit_grid(points, 4).cell, 1);
    const Octree octree = build_octree(points, Grid{}, 3);
    octree.check();
    ASSERT_EQ(octree.levels(), 3);
    for (const auto& level : octree.level) EXPECT_EQ(level.size(), 0);
    EXPECT_EQ(list(octree.level[1].child), (List{0}));
    EXPECT_EQ(list(octree.level[2].point), (List{0}));
  }
}

TEST(Octree, FittedGridIsTheSmallestCubeThatHoldsThePoints) {
  for (int seed = 0; seed < 200; ++seed)
    for (const int depth : {0, 1, 5, 10, 21}) {
      const auto points = uniform_points(2, seed, at::kDouble).mul(std::ldexp(1.0, seed - 100));
      const Grid grid = fit_grid(points, depth);
      const double cells = std::ldexp(1.0, depth);
      double extent = 0;
      for (int axis = 0; axis < 3; ++axis) {
        const double a = points.const_data_ptr<double>()[axis], b = points.const_data_ptr<double>()[3 + axis];
        EXPECT_EQ(grid.origin[axis], std::min(a, b));
        extent = std::max(extent, std::abs(a - b));
      }
      EXPECT_LT(std::floor(extent * (1 / grid.cell)), cells);
      EXPECT_LE(grid.cell, extent / cells * (1 + 1e-15));
    }
}

TEST(Octree, FitsTinyAndDegenerateExtents) {
  for (const double extent : {5e-324, 1e-310, 1e-30}) {
    const auto points = points_of<double>({0, 0, 0, extent, 0, 0});
    const Octree octree = build_octree(points, fit_grid(points, 21), 22);
    octree.check();
    EXPECT_EQ(octree.level[21].size(), 1);
  }
  EXPECT_EQ(fit_grid(points_of<float>({3, 4, 5, 3, 4, 5}), 7).cell, 1);
}

TEST(Octree, NegativeZeroAndPointsAtTheOriginAreInTheFirstCell) {
  const Octree octree = build_octree(points_of<float>({-0.f, 0.f, -0.f}), Grid{}, 2);
  EXPECT_EQ(list(octree.level[0].key), (List{0}));
}

TEST(Octree, RefusesWhatDoesNotFit) {
  const auto points = uniform_points(10, 1);
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  EXPECT_THROW(build_octree(points, Grid{{0, 0, 0}, 1e-9}, 3), c10::Error);
  EXPECT_THROW(build_octree(points, Grid{{0.9, 0, 0}, 1}, 3), c10::Error);
  EXPECT_THROW(build_octree(points, Grid{{0, 0, 0}, 0}, 3), c10::Error);
  EXPECT_THROW(build_octree(points, Grid{}, 0), c10::Error);
  EXPECT_THROW(build_octree(points, Grid{}, 23), c10::Error);
  EXPECT_THROW(build_octree(points.view({-1}), Grid{}, 3), c10::Error);
  EXPECT_THROW(build_octree(points.to(at::kInt), Grid{}, 3), c10::Error);
  EXPECT_THROW(build_octree(points_of<float>({0, 0, nan}), Grid{}, 3), c10::Error);
  EXPECT_THROW(build_octree(points_of<float>({0, inf, 0}), Grid{}, 3), c10::Error);
  try {
    build_octree(points, Grid{{0, 0, 0}, 1e-9}, 3);
  } catch (const c10::Error& error) {
    EXPECT_NE(std::string(error.what()).find("use a larger cell"), std::string::npos);
  }
}

TEST(Octree, CheckFindsBrokenTrees) {
  const auto good = [] { return build_octree(uniform_points(100, 1), Grid{{0, 0, 0}, 0.1}, 4); };
  Octree octree = good();
  octree.level[0].key[3] = 0;
  EXPECT_THROW(octree.check(), c10::Error);
  octree = good();
  octree.level[1].child[1] = 0;
  EXPECT_THROW(octree.check(), c10::Error);
  octree = good();
  octree.level[0].parent[0] = 1;
  EXPECT_THROW(octree.check(), c10::Error);
  octree = good();
  octree.order[0] = octree.order[1];
  EXPECT_THROW(octree.check(), c10::Error);
  octree = good();
  octree.leaf[5] = -1;
  EXPECT_THROW(octree.check(), c10::Error);
}

TEST(WideTree, WithTwoIsTheOctree) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Grid grid = fit_grid(c.points, c.depth);
    expect_same(test::build_wide_tree(c.points, grid, c.levels), build_octree(c.points, grid, c.levels));
  }
}

TEST(WideTree, EqualsTheScannedForm) {
  for (const int branching : {3, 5, 8})
    for (const auto& points : {surface_points(5000, 13), uniform_points(7, 14), at::empty({0, 3}, at::kFloat)}) {
      const Grid grid{{-0.5, -0.5, -0.5}, 0.011, branching};
      expect_same(test::build_wide_tree(points, grid, 4), build_octree_by_scans(points, grid, 4));
    }
}

TEST(WideTree, CellsOfThreeEqualThoseOfAMap) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const auto points = surface_points(3000, 12, type);
    const Grid grid{{-0.01, -0.01, -0.21}, 0.0127, 3};
    const Octree octree = build_octree(points, grid, 5);
    octree.check();
    ASSERT_EQ(octree.levels(), 5);
    const auto order = list(octree.order);
    std::int64_t side = 1;
    for (int l = 0; l < 5; ++l, side *= 3) {
      // Of every cell by its place, z first: its points. Within a cell points are in the tree's order.
      std::map<std::array<std::int64_t, 3>, List> cells;
      for (const auto i : order) {
        std::array<std::int64_t, 3> place;
        for (int a = 0; a < 3; ++a)
          place[a] =
              static_cast<std::int64_t>(std::floor((points[i][a].item<double>() - grid.origin[a]) / grid.cell)) / side;
        cells[place].push_back(i);
      }
      ASSERT_EQ(static_cast<std::int64_t>(cells.size()), octree.level[l].size());
      const auto key = list(octree.level[l].key), first = list(octree.level[l].point);
      for (std::size_t c = 0; c < key.size(); ++c) {
        std::array<std::int64_t, 3> place{0, 0, 0};
        std::int64_t rest = key[c];
        for (std::int64_t unit = 1; rest > 0; unit *= 3)
          for (auto& x : place) x += rest % 3 * unit, rest /= 3;
        EXPECT_EQ(cells.at(place), List(order.begin() + first[c], order.begin() + first[c + 1]));
      }
      if (l == 0) continue;
      const auto child = list(octree.level[l].child), finer = list(octree.level[l - 1].key);
      for (std::size_t c = 0; c < key.size(); ++c)
        for (auto f = child[c]; f < child[c + 1]; ++f) EXPECT_EQ(finer[f] / 27, key[c]);
    }
    EXPECT_EQ(octree.level[4].size(), 1);
  }
}

TEST(WideTree, HasCellsOnlyWhereThereArePoints) {
  const Octree none = test::build_wide_tree(at::empty({0, 3}, at::kFloat), Grid{{0, 0, 0}, 1, 3}, 3);
  none.check();
  for (const auto& level : none.level) EXPECT_EQ(level.size(), 0);
  const Octree equal = test::build_wide_tree(uniform_points(1, 9).repeat({1000, 1}), Grid{{0, 0, 0}, 0.1, 3}, 3);
  equal.check();
  for (const auto& level : equal.level) EXPECT_EQ(level.size(), 1);
}

TEST(WideTree, RefusesWhatDoesNotFit) {
  const auto points = uniform_points(10, 1);
  EXPECT_THROW(build_octree(points, Grid{{0.9, 0, 0}, 0.1, 3}, 3), c10::Error);
  EXPECT_THROW(build_octree(points, Grid{{0, 0, 0}, 0, 3}, 3), c10::Error);
  EXPECT_THROW(build_octree(points, Grid{{0, 0, 0}, 0.1, 9}, 3), c10::Error);
  EXPECT_THROW(build_octree(points, Grid{{0, 0, 0}, 0.1, 3}, 30), c10::Error);
  EXPECT_THROW(test::build_wide_tree(points_of<float>({0, 0, NAN}), Grid{{0, 0, 0}, 1, 3}, 3), c10::Error);
  EXPECT_THROW(build_octree(points_of<float>({0, 0, NAN}), Grid{{0, 0, 0}, 1, 3}, 3), c10::Error);
  try {
    build_octree(points, Grid{{0, 0, 0}, 1e-9, 3}, 3);
    FAIL();
  } catch (const c10::Error& error) {
    EXPECT_NE(std::string(error.what()).find("use a larger cell"), std::string::npos);
  }
}
