// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Scenes on a device: the same bits as on the CPU, made without their data passing through the host.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/features/feature.h"
#include "core/geometry/bounds.h"
#include "core/raster/raster.h"
#include "core/scene/normalise.h"
#include "core/scene/scene.h"
#include "tests/stand_in/device.h"
#include "tests/support/input_scene.h"
#include "tests/support/placement.h"
#include "tests/support/support.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

struct NamedCloud {
  std::string name;
  at::Tensor position;
  double cell_size;
};

std::vector<NamedCloud> clouds() {
  auto equal = at::empty({40, 3}, at::kFloat), coplanar = uniform_points(40, 1);
  equal.fill_(0.75f);
  coplanar.select(1, 2).fill_(0.25f);
  // A strip of a map grid of 50 km whose coordinates float32 resolves to 4 mm, with more leaves than a piece has.
  const auto far = surface_points(9000, 2) * at::tensor({90.0f, 70.0f, 50.0f}) + at::tensor({47000.0f, 31000.0f, 0.0f});
  // A raster in blocks: a patch and two points far off.
  const auto scattered = surface_points(3000, 12) * at::tensor({120.0f, 90.0f, 20.0f});
  scattered.narrow(0, 5, 1).fill_(30000.0f);
  scattered.narrow(0, 9, 1).fill_(-20000.0f);
  return {{"no points", at::empty({0, 3}, at::kFloat), 0.1},
          {"one point", points_of({1.0f, 2.0f, 3.0f}), 0.1},
          {"two points", points_of({1.0f, 2.0f, 3.0f, 1.0f, 2.5f, 3.0f}), 0.1},
          {"equal points", equal, 0.1},
          {"coplanar points", coplanar, 0.1},
          {"random points", uniform_points(2000, 3), 0.04},
          {"far points", far, 0.5},
          {"scattered points", scattered, 0.5}};
}

PointSet point_set(const at::Tensor& position, bool fields) {
  const std::int64_t size = position.size(0);
  PointSet points;
  points.position = position;
  points.viewpoint = {0.5f, 0.4f, 2.0f};
  if (!fields) return points;
  points.field["rgb"] = uniform_points(size, 4);
  points.field["normal"] = uniform_points(size, 5) - 0.5;
  points.field["intensity"] = (uniform_points(size, 6).narrow(1, 0, 1) * 300).contiguous();
  points.field["returns"] = (uniform_points(size, 7).narrow(1, 0, 2) * 6).floor().contiguous();
  if (size > 5) points.field["intensity"][5][0] = std::numeric_limits<float>::quiet_NaN();
  return points;
}

SceneOptions options_for(const NamedCloud& cloud, const std::string& orientation) {
  SceneOptions options;
  options.cell_size = cloud.cell_size;
  options.orientation = orientation;
  return options;
}

// Bit for bit, so that NaN and the sign of 0 count.
bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() &&
         (a.numel() == 0 ||
          std::memcmp(a.contiguous().const_data_ptr(), b.contiguous().const_data_ptr(), a.nbytes()) == 0);
}

void expect_same(const at::Tensor& device, const at::Tensor& host, const std::string& what) {
  EXPECT_TRUE(test::same_there(device, host)) << what;
}

void expect_same(const Csr& device, const Csr& host, const std::string& what) {
  expect_same(device.offset, host.offset, what + " offsets");
  expect_same(device.column, host.column, what + " columns");
  EXPECT_EQ(device.columns, host.columns) << what;
}

void expect_same(const Scene& device, const Scene& host, const std::string& what) {
  EXPECT_EQ(device.octree.grid.origin, host.octree.grid.origin) << what;
  EXPECT_EQ(device.octree.grid.cell, host.octree.grid.cell) << what;
  expect_same(device.position, host.position, what + " positions");
  expect_same(device.offset, host.offset, what + " offsets");
  expect_same(device.point, host.point, what + " points");
  expect_same(device.hierarchy.node, host.hierarchy.node, what + " nodes");
  EXPECT_TRUE(same_bits(device.cloud_point, host.cloud_point)) << what;  // on the CPU for every device
  ASSERT_EQ(device.hierarchy.first, host.hierarchy.first) << what;
  for (std::size_t l = 0; l < host.cell.size(); ++l) {
    const std::string level = what + " level " + std::to_string(l);
    expect_same(device.cell[l], host.cell[l], level + " cells");
    EXPECT_TRUE(same_bits(device.cloud_cell[l], host.cloud_cell[l])) << level;
    expect_same(device.hierarchy.parent[l], host.hierarchy.parent[l], level + " parents");
    expect_same(device.hierarchy.siblings[l], host.hierarchy.siblings[l], level + " siblings");
    expect_same(device.hierarchy.children[l].offset, host.hierarchy.children[l].offset, level + " children");
  }
}

PointSet on_device(const PointSet& points) { return to(points, tested_device()); }

Scene make(const PointSet& points, const SceneOptions& options) {
  return test::input_scene(points, options, test::half_leaf_placement(options));
}

// How often the host waits for a scene on the device. What is copied there are a raster's tables or nothing.
std::size_t waits(const PointSet& points, const SceneOptions& options, const Bounds* box = nullptr, int tables = 0) {
  reset_traffic();
  test::input_scene(points, options, test::half_leaf_placement(options), box);
  EXPECT_EQ(traffic().to_device, tables);
  return traffic().waits.size();
}

}  // namespace

TEST(DeviceScene, HasTheBitsOfTheCpu) {
  for (const auto& cloud : clouds())
    for (const char* orientation : {"viewpoint", "up", "outward"})
      for (const char* siblings : {"nearest", "tree"}) {
        auto options = options_for(cloud, orientation);
        options.siblings = siblings;
        if (siblings[0] == 'n') options.features = feature_names();
        const PointSet points = point_set(cloud.position, orientation[0] != 'u');
        expect_same(make(on_device(points), options), make(points, options),
                    cloud.name + ", " + orientation + ", " + siblings + ":");
      }
}

TEST(DeviceScene, OfAnObjectHasTheBitsOfTheCpu) {
  for (const auto& cloud : clouds())
    for (const int branching : {2, 3}) {
      auto options = options_for(cloud, "outward");
      options.normalise = "box";
      options.levels = 4;
      options.branching = branching;
      options.features = {"coordinates", "offset", "normal", "shape", "density", "covariance", "size", "normal_field"};
      auto points = point_set(cloud.position, true);
      points.field["normal"].zero_();  // a field of zeros has no scale
      points = normalised(points, options);
      expect_same(make(on_device(points), options), make(points, options), cloud.name + ":");
    }
}

TEST(DeviceScene, WaitsForItsSizesOnly) {
  if (!test::counts_traffic()) GTEST_SKIP() << "nothing is counted on a real GPU";
  const PointSet points = on_device(point_set(uniform_points(2000, 7), true));
  auto options = options_for(clouds()[5], "outward");
  const std::size_t bare = waits(points, options);
  EXPECT_EQ(bare, 3u);  // for the points' box, the numbers of cells, and those of near siblings
  const Bounds box = bounds_of_points(points.position.cpu());
  EXPECT_EQ(waits(points, options, &box), bare - 1);
  expect_same(test::input_scene(points, options, test::half_leaf_placement(options), &box),
              make(to(points, c10::kCPU), options), "known box:");
  options.siblings = "tree";
  EXPECT_EQ(waits(points, options), bare + 1);
  options.siblings = "nearest";
  auto object = options;  // whose siblings may be anywhere, and so are as many as are asked for
  object.normalise = "box";
  EXPECT_EQ(waits(points, object), bare - 1);
  for (const auto& name : feature_names()) {
    options.features = {name};
    // The raster's box, how many blocks hold points, and which; from these the host makes tables: for one block its
    // place and the blocks around it.
    const bool raster = name.find("ground") != std::string::npos || name == "opening";
    EXPECT_EQ(waits(points, options, nullptr, raster ? 2 : 0), bare + (raster ? 3 : 0)) << name;
  }
}

TEST(DeviceScene, RefusesFieldsOnAnotherDevice) {
  const PointSet points = point_set(uniform_points(20, 8), true);
  PointSet mixed = on_device(points);
  mixed.field = points.field;
  auto options = options_for(clouds()[5], "up");
  options.features = {"rgb"};
  EXPECT_THROW(make(mixed, options), c10::Error);
}

// Rasters in blocks, from one with hardly a hole to one that is hardly anything else.
TEST(DeviceRaster, InBlocksHasTheBitsOfTheCpu) {
  for (const int points : {200, 4000, 60000}) {
    const at::Tensor position = uniform_points(points, 11) * at::tensor({96.0f, 64.0f, 9.0f});  // 6 x 4 whole blocks
    const auto all = [](const at::Tensor& places) {
      const Raster low = lowest_points(places, 1, {0, 0, 0});
      reset_traffic();
      const Raster filled = without_holes(low, 4);
      const Raster half = low.with(at::where(low.value.gt(2), Raster::kEmpty, low.value));
      return std::vector<Raster>{low,
                                 filled,
                                 without_holes(half, 3, &filled),
                                 without_holes(half, 0, &filled),
                                 slope_of(filled),
                                 box_mean(filled, 7),
                                 open(filled, 5)};
    };
    const auto host = all(position), device = all(position.to(tested_device()));
    EXPECT_TRUE(test::waits_are(traffic().waits, {}));
    for (std::size_t i = 0; i < host.size(); ++i)
      EXPECT_TRUE(test::same_there(device[i].value, host[i].value)) << points << " points: " << i;
  }
}
