// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Moments and features on a device: the same bits as on the CPU, and nothing that its host would wait for.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/features/feature.h"
#include "core/features/pose.h"
#include "core/features/scene.h"
#include "tests/stand_in/device.h"
#include "tests/support.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

const c10::Device kCpu = c10::DeviceType::CPU;

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
  const auto far =
      surface_points(9000, 2) * at::tensor({400.0f, 300.0f, 200.0f}) + at::tensor({47000.0f, 31000.0f, 0.0f});
  return {{"no points", at::empty({0, 3}, at::kFloat), 0.1},
          {"one point", points_of({1.0f, 2.0f, 3.0f}), 0.1},
          {"two points", points_of({1.0f, 2.0f, 3.0f, 1.0f, 2.5f, 3.0f}), 0.1},
          {"equal points", equal, 0.1},
          {"coplanar points", coplanar, 0.1},
          {"random points", uniform_points(2000, 3), 0.04},
          {"far points", far, 2}};
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
  if (size > 5) points.field["intensity"][5][0] = std::numeric_limits<float>::quiet_NaN();
  return points;
}

SceneOptions options_for(const NamedCloud& cloud, const std::string& orientation) {
  SceneOptions options;
  options.cell_size = cloud.cell_size;
  options.orientation = orientation;
  return options;
}

// What a module sees on a device. Octree and neighbours are made on the CPU and moved there.
struct Stage {
  PointSet points;
  SceneOptions options;
  Scene scene;
  CellMoments moments;
  Orientation orientation;
  DeviceRecords<Moments> middle;

  Stage(const PointSet& given, const SceneOptions& wanted, c10::Device device) : points(given), options(wanted) {
    scene = make_scene(points, options, default_placement(options));
    const auto move = [&](at::Tensor& tensor) {
      if (tensor.defined()) tensor = tensor.to(device);
    };
    move(points.position);
    for (auto& [name, values] : points.field) move(values);
    for (OctreeLevel& level : scene.octree.level)
      for (at::Tensor* part : {&level.key, &level.point, &level.child, &level.parent}) move(*part);
    for (Csr& rows : scene.hierarchy.siblings) move(rows.offset), move(rows.column);
    move(scene.octree.order);
    scene.position = at::empty_like(points.position);
    scene.offset = at::empty_like(points.position);
    reset_traffic();
    moments = leaf_to_root_moments(scene.octree, points.position, scene.position, scene.offset);
    orientation = {options.orientation == "up", {}, options.orientation == "outward"};
    for (int a = 0; a < 3; ++a) orientation.viewpoint[a] = points.viewpoint[a] - scene.octree.grid.origin[a];
    if (orientation.outward) {
      middle = moments_of_all(moments);
      orientation.middle = middle.get();
    }
    for (int l = 0; l < options.levels; ++l) smooth_moments(moments.level[l], scene.hierarchy.siblings[l], orientation);
  }

  // The columns of a module, cells level by level and then the points, on the CPU.
  std::vector<at::Tensor> compute(const std::string& name) {
    std::vector<at::Tensor> rows;
    Feature::Output output;
    const Feature& module = feature(name);
    const auto columns = [&](std::int64_t size, std::int64_t width) {
      rows.push_back(at::full({size, width + 2}, -12345.5f, scene.position.options()));
      return rows.back().mutable_data_ptr<float>() + 1;
    };
    for (int l = 0; l < options.levels; ++l) {
      const int width = module.cell_columns(options, l);
      output.cell.push_back(columns(moments.level[l].size(), width));
      output.cell_stride.push_back(width + 2);
    }
    const auto width = static_cast<std::int64_t>(module.point_column_names().size());
    output.point = columns(scene.size(), width);
    output.point_stride = width + 2;
    reset_traffic();
    module.compute({points, options, scene, moments, orientation}, output);
    waits = traffic().waits;
    copied = traffic().to_device;
    for (at::Tensor& some : rows) some = some.cpu();
    return rows;
  }
  std::vector<std::string> waits;  // of the last module
  std::int64_t copied = 0;
};

// Bit for bit, so that NaN and the sign of 0 count.
bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() &&
         std::memcmp(a.contiguous().const_data_ptr(), b.contiguous().const_data_ptr(), a.nbytes()) == 0;
}

}  // namespace

TEST(DeviceMoments, AreTheBitsOfTheCpuAndNothingWaits) {
  for (const auto& cloud : clouds())
    for (const char* orientation : {"viewpoint", "up", "outward"}) {
      const auto options = options_for(cloud, orientation);
      const PointSet points = point_set(cloud.position, false);
      const Stage device(points, options, stand_in());
      EXPECT_EQ(traffic().waits, std::vector<std::string>());
      EXPECT_EQ(traffic().to_device, 0);
      const Stage host(points, options, kCpu);
      EXPECT_TRUE(same_bits(device.scene.position.cpu(), host.scene.position)) << cloud.name;
      EXPECT_TRUE(same_bits(device.scene.offset.cpu(), host.scene.offset)) << cloud.name;
      for (int l = 0; l < options.levels; ++l) {
        const LevelMoments &a = device.moments.level[l], &b = host.moments.level[l];
        EXPECT_FALSE(a.raw.is_cpu());
        EXPECT_TRUE(same_bits(a.coordinate.cpu(), b.coordinate)) << cloud.name << " level " << l;
        EXPECT_TRUE(same_bits(a.raw.cpu(), b.raw)) << cloud.name << " level " << l;
        EXPECT_TRUE(same_bits(a.smooth_mean.cpu(), b.smooth_mean)) << cloud.name << " level " << l;
        EXPECT_TRUE(same_bits(a.eigenvalue.cpu(), b.eigenvalue)) << cloud.name << " level " << l;
        EXPECT_TRUE(same_bits(a.normal.cpu(), b.normal)) << cloud.name << " level " << l;
      }
    }
}

TEST(DeviceFeatures, AreTheBitsOfTheCpuAndNothingWaits) {
  for (const auto& cloud : clouds()) {
    if (cloud.position.size(0) == 0) continue;  // make_scene computes no features then
    for (const bool fields : {false, true})
      for (const char* orientation : {"viewpoint", "up", "outward"}) {
        const auto options = options_for(cloud, orientation);
        const PointSet points = point_set(cloud.position, fields);
        Stage device(points, options, stand_in()), host(points, options, kCpu);
        for (const auto& name : feature_names()) {
          if (name == "covariance") continue;
          const auto a = device.compute(name), b = host.compute(name);
          std::vector<std::string> waits;
          if (name == "ground" || name == "opening") waits = {"copy to the host"};  // the box of the raster
          EXPECT_EQ(device.waits, waits) << name;
          EXPECT_EQ(device.copied, 0) << name;
          for (std::size_t i = 0; i < a.size(); ++i)
            EXPECT_TRUE(same_bits(a[i], b[i])) << name << " of " << cloud.name << ", " << orientation << ", part " << i;
        }
      }
  }
}
