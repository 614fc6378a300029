// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Structures on a device are those of the CPU, bit for bit, and the host waits no oftener than it must.
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include "core/geometry/knn.h"
#include "core/geometry/octree.h"
#include "tests/stand_in/device.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using test::bits_there;
using test::tested_device;

struct Case {
  const char* name;
  at::Tensor points;
};

std::vector<Case> cases() {
  auto outlier = test::surface_points(3000, 5);
  outlier[17].fill_(1e6);
  auto flat = test::uniform_points(2000, 6);
  flat.select(1, 2).fill_(0.25);
  return {{"surface", test::surface_points(5000, 1)},
          {"uniform", test::uniform_points(4000, 2)},
          {"outlier", outlier},
          {"flat", flat},
          {"repeated", test::uniform_points(50, 7).repeat({30, 1})},
          {"all equal", test::uniform_points(1, 8).repeat({40, 1})},
          {"two points", test::uniform_points(2, 9)},
          {"one point", test::uniform_points(1, 10)},
          {"no point", at::empty({0, 3}, at::kFloat)}};
}

TEST(DeviceGeometry, OctreesAreTheCpusAndTheHostWaitsOnce) {
  for (const Case& c : cases())
    for (const int branching : {2, 3}) {
      SCOPED_TRACE(c.name);
      Grid grid = fit_grid(c.points, 10);
      grid.branching = branching;
      const auto points = c.points.to(tested_device());
      test::reset_traffic();
      const Octree octree = build_octree(points, grid, 9);
      EXPECT_LE(test::traffic().waits.size(), 1u);
      EXPECT_EQ(test::traffic().to_device, 0);
      EXPECT_LE(test::traffic().to_host_bytes, (6 + 9) * 8);
      const Octree oracle = build_octree(c.points, grid, 9);
      EXPECT_TRUE(bits_there(octree.order, oracle.order));
      EXPECT_TRUE(bits_there(octree.leaf, oracle.leaf));
      for (int l = 0; l < 9; ++l) {
        EXPECT_TRUE(bits_there(octree.level[l].key, oracle.level[l].key)) << l;
        EXPECT_TRUE(bits_there(octree.level[l].point, oracle.level[l].point)) << l;
        EXPECT_TRUE(bits_there(octree.level[l].child, oracle.level[l].child)) << l;
        EXPECT_TRUE(bits_there(octree.level[l].parent, oracle.level[l].parent)) << l;
      }
    }
}

TEST(DeviceGeometry, GridsAreTheCpus) {
  for (const Case& c : cases()) {
    const Grid here = fit_grid(c.points, 9), there = fit_grid(c.points.to(tested_device()), 9);
    EXPECT_EQ(here.origin, there.origin) << c.name;
    EXPECT_EQ(here.cell, there.cell) << c.name;
  }
}

TEST(DeviceGeometry, OctreesRefuseWhatTheCpuRefuses) {
  const auto points = test::uniform_points(10, 1).to(tested_device());
  auto broken = test::uniform_points(10, 1);
  broken[3][1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(build_octree(points, Grid{{0, 0, 0}, 1e-9}, 3), c10::Error);
  EXPECT_THROW(build_octree(points, Grid{{0.9, 0, 0}, 1}, 3), c10::Error);
  EXPECT_THROW(build_octree(broken.to(tested_device()), Grid{}, 3), c10::Error);
}

TEST(DeviceGeometry, NearestNeighboursAreTheCpusAndNothingWaits) {
  for (const Case& c : cases())
    for (const int k : {1, 3, 8, 16, 23, 32, 40}) {
      SCOPED_TRACE(c.name);
      const auto points = c.points.to(tested_device());
      test::reset_traffic();
      const Neighbours found = knn(points, k);
      EXPECT_TRUE(test::traffic().waits.empty());
      EXPECT_EQ(test::traffic().to_device, 0);
      const Neighbours oracle = knn(c.points, k);
      EXPECT_TRUE(bits_there(found.index, oracle.index)) << k;
      EXPECT_TRUE(bits_there(found.squared_distance, oracle.squared_distance)) << k;
    }
}

TEST(DeviceGeometry, NearestNeighboursOfQueriesAreTheCpus) {
  for (const Case& c : cases())
    for (const int k : {1, 3, 20, 50}) {
      SCOPED_TRACE(c.name);
      const auto queries = at::cat({test::uniform_points(300, 3).mul(2).sub(0.5), c.points, at::full({1, 3}, -9e5f)});
      const auto there = queries.to(tested_device()), points = c.points.to(tested_device());
      test::reset_traffic();
      const Neighbours found = knn(points, there, k);
      EXPECT_TRUE(test::traffic().waits.empty());
      const Neighbours oracle = knn(c.points, queries, k);
      EXPECT_TRUE(bits_there(found.index, oracle.index)) << k;
      EXPECT_TRUE(bits_there(found.squared_distance, oracle.squared_distance)) << k;
      EXPECT_TRUE(knn(points, there.narrow(0, 0, 0), k).index.numel() == 0);
    }
}

TEST(DeviceGeometry, GraphsAreTheCpus) {
  const auto same = [](const Csr& a, const Csr& b) {
    return bits_there(a.offset, b.offset) && bits_there(a.column, b.column) && a.columns == b.columns;
  };
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const auto points = c.points.to(tested_device());
    const Csr here = to_csr(knn(c.points, 6), c.points.size(0));
    const Csr there = to_csr(knn(points, 6), points.size(0));
    there.check();
    EXPECT_TRUE(same(there, here));
    test::reset_traffic();
    const Transposed turned = transpose(there);
    EXPECT_TRUE(test::traffic().waits.empty());
    EXPECT_TRUE(same(turned.graph, transpose(here).graph));
    EXPECT_TRUE(bits_there(turned.entry, transpose(here).entry));
    test::reset_traffic();
    const Csr united = unite(there);
    EXPECT_LE(test::traffic().waits.size(), 1u);
    EXPECT_TRUE(same(united, unite(here)));
    EXPECT_TRUE(same(mutual(there), mutual(here)));
  }
}

}  // namespace
}  // namespace treewalk
