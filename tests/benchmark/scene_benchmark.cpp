// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Time per stage from a user's records to a scene: reading 1,000,000 of them, then a table top as a depth camera sees
// it and a piece of terrain, both made by code. Usage: scene_benchmark [threads [repeats]]
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "core/features/feature.h"
#include "core/geometry/bounds.h"
#include "core/geometry/knn.h"
#include "core/scene/scene.h"
#include "tests/benchmark/timing.h"
#include "tests/support/input_scene.h"
#include "tests/support/placement.h"

using namespace treewalk;

namespace {

int repeats = 9;

// Processor time (of all threads) tells more than wall time on a busy machine.
void report(const std::string& name, const std::function<void()>& work) {
  std::vector<Timing> side{{name.c_str(), work}};
  measure(side, repeats);
  auto& wall = side[0].seconds;
  auto& processor = side[0].processor;
  std::printf("  %-40s wall: median %8.2f, best %8.2f ms   processor: median %8.2f, best %8.2f ms\n", name.c_str(),
              Timing::median(wall) * 1e3, *std::min_element(wall.begin(), wall.end()) * 1e3,
              Timing::median(processor) * 1e3, *std::min_element(processor.begin(), processor.end()) * 1e3);
  std::fflush(stdout);
}

// A camera 0.9 m away looks down at a table with nine boxes; every pixel of 640 x 480 that sees it is a point.
PointSet table_top() {
  std::mt19937 random(1);
  std::normal_distribution<float> noise(0, 0.001f);
  struct Box {
    double x, y, half, height;
  };
  std::vector<Box> boxes;
  for (int i = 0; i < 9; ++i)
    boxes.push_back({-0.35 + 0.35 * (i % 3), -0.3 + 0.3 * (i / 3), 0.04 + 0.005 * i, 0.05 + 0.02 * i});
  // Table frame: z up; the camera at height 0.75 m, 0.7 m behind the middle, pitched down.
  const double pitch = 0.82, c = std::cos(pitch), s = std::sin(pitch);
  std::vector<float> points;
  for (int v = 0; v < 480; ++v)
    for (int u = 0; u < 640; ++u) {
      const double a = (u - 319.5) / 525, b = (v - 239.5) / 525;
      const double dx = a, dy = c - b * s, dz = -s - b * c;  // forward (0, c, -s), down (0, -s, -c)
      double t = dz < 0 ? 0.75 / -dz : 1e9;
      if (std::abs(t * dx) > 0.62 || std::abs(t * dy - 0.7) > 0.5) t = 1e9;
      for (const Box& box : boxes) {
        const double top = dz < 0 ? (0.75 - box.height) / -dz : 1e9;
        if (std::abs(top * dx - box.x) < box.half && std::abs(top * dy - 0.7 - box.y) < box.half) t = std::min(t, top);
        const double front = dy > 0 ? (0.7 + box.y - box.half) / dy : 1e9, z = 0.75 + front * dz;
        if (z > 0 && z < box.height && std::abs(front * dx - box.x) < box.half) t = std::min(t, front);
      }
      if (t > 1e8) continue;
      const auto depth = static_cast<float>(t) + noise(random) * static_cast<float>(t * t);
      points.insert(points.end(), {static_cast<float>(a) * depth, static_cast<float>(b) * depth, depth});
    }
  PointSet set;
  set.position = at::from_blob(points.data(), {static_cast<std::int64_t>(points.size()) / 3, 3}, at::kFloat).clone();
  return set;
}

// 200 m x 200 m of rolling ground with buildings, one point per square metre.
PointSet terrain() {
  std::mt19937 random(2);
  std::uniform_real_distribution<float> uniform;
  PointSet set;
  set.position = at::empty({40000, 3}, at::kFloat);
  float* p = set.position.data_ptr<float>();
  for (int i = 0; i < 40000; ++i, p += 3) {
    p[0] = 200 * uniform(random), p[1] = 200 * uniform(random);
    const bool house = std::fmod(p[0], 40) < 15 && std::fmod(p[1], 50) < 20;
    p[2] = 3 * std::sin(p[0] / 40) + 0.1f * p[1] + (house ? 7 : 0) + 0.03f * uniform(random);
  }
  return set;
}

// Records of x, y, z and whatever else makes up their length.
void reading(std::size_t record) {
  Cloud cloud;
  cloud.stride = record;
  cloud.width = 1000000;
  cloud.fields = {{"x", 0, Scalar::float32, 1}, {"y", 4, Scalar::float32, 1}, {"z", 8, Scalar::float32, 1}};
  cloud.data.resize(record * static_cast<std::size_t>(cloud.width));
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform;
  for (std::size_t i = 0; i < cloud.data.size(); i += record)
    for (const std::size_t a : {0, 4, 8}) {
      const float x = uniform(random);
      std::memcpy(&cloud.data[i + a], &x, sizeof x);
    }
  std::vector<std::int64_t> kept;
  PointSet points;
  report("points from records of " + std::to_string(record) + " bytes",
         [&] { points = make_point_set(cloud.view(), {}, {}, &kept); });
  report("their box", [&] { bounds_of_points(points.position); });
}

void stages(const PointSet& points, SceneOptions options, const std::vector<std::string>& features) {
  const auto phase = test::half_leaf_placement(options);
  const Scene scene = test::input_scene(points, options, phase);
  std::printf("%lld points, cells", static_cast<long long>(points.size()));
  for (int l = 0; l < options.levels; ++l) std::printf(" %lld", static_cast<long long>(scene.hierarchy.size(l)));
  std::printf(", %d threads\n", at::get_num_threads());

  report("octree", [&] { build_octree(points.position, scene.octree.grid, options.levels); });
  const auto sorted = at::empty_like(scene.position), offset = at::empty_like(scene.position);
  const auto moments = [&] {
    return leaf_to_root_moments(scene.octree, points.position, {scene.octree.grid.origin}, sorted, offset);
  };
  report("moments", moments);
  CellMoments cells = moments();
  report("neighbours of the cells", [&] {
    for (int l = 0; l < options.levels; ++l)
      knn(scene.hierarchy.node.narrow(0, scene.hierarchy.first[l], scene.hierarchy.size(l))
              .narrow(1, 0, 3)
              .contiguous(),
          options.neighbours);
  });
  report("smoothed moments and normals", [&] {
    for (int l = 0; l < options.levels; ++l) smooth_moments(cells.level[l], scene.hierarchy.siblings[l], {});
  });
  report("scene without features", [&] { test::input_scene(points, options, phase); });
  for (const auto& name : features) {
    options.features = {name};
    report("scene with " + name, [&] { test::input_scene(points, options, phase); });
  }
  options.features = features;
  report("scene with all of these", [&] { test::input_scene(points, options, phase); });
}

}  // namespace

int main(int argc, char** argv) {
  at::set_num_threads(argc > 1 ? std::atoi(argv[1]) : 2);
  if (argc > 2) repeats = std::atoi(argv[2]);
  std::printf("reading 1,000,000 points, %d threads\n", at::get_num_threads());
  for (const std::size_t record : {12, 16, 48}) reading(record);
  std::printf("table top\n");
  stages(table_top(), SceneOptions(), {"normal", "shape", "offset", "density", "plane", "plane_height"});

  std::printf("terrain\n");
  SceneOptions options;
  options.cell_size = 3;
  options.levels = 6;
  options.orientation = "up";
  const PointSet points = terrain();
  stages(points, options, {"up", "shape", "offset", "density", "ancestors", "ground"});
}
