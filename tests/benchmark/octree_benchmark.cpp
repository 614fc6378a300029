// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Octree of N points with leaf cells of extent / 2^depth: build_octree against pcl::octree::OctreePointCloud, in turns.
//   octree_benchmark [points = 1000000] [depth = 10] [repetitions = 9]
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <pcl/octree/octree_pointcloud.h>
#include <pcl/point_types.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "core/geometry/octree.h"
#include "tests/benchmark/timing.h"

using namespace treewalk;

namespace {

using Cloud = pcl::PointCloud<pcl::PointXYZ>;

/// A wavy terrain in scan lines, as an airborne or indoor scanner delivers it: neighbours in memory are neighbours in
/// space.
Cloud::Ptr surface(std::int64_t size) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> noise(0, 1);
  const auto side = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(size))));
  Cloud::Ptr cloud(new Cloud);
  for (std::int64_t i = 0; i < size; ++i) {
    const float x = (i % side + noise(random)) / side, y = (i / side + noise(random)) / side;
    cloud->emplace_back(x, y, 0.1f * std::sin(7 * x) * std::cos(5 * y) + 0.001f * noise(random));
  }
  return cloud;
}

Cloud::Ptr uniform(std::int64_t size) {
  std::mt19937 random(2);
  std::uniform_real_distribution<float> unit(0, 1);
  Cloud::Ptr cloud(new Cloud);
  for (std::int64_t i = 0; i < size; ++i) {
    const float x = unit(random), y = unit(random), z = unit(random);
    cloud->emplace_back(x, y, z);
  }
  return cloud;
}

at::Tensor tensor_of(const Cloud& cloud) {
  auto points = at::empty({static_cast<std::int64_t>(cloud.size()), 3}, at::kFloat);
  auto* to = points.data_ptr<float>();
  for (const auto& p : cloud) *to++ = p.x, *to++ = p.y, *to++ = p.z;
  return points;
}

void compare(const char* name, const Cloud::Ptr& cloud, int depth, int repetitions) {
  const at::Tensor points = tensor_of(*cloud);
  const Grid grid = fit_grid(points, depth);
  std::int64_t leaves = 0, cells = 0;
  std::vector<Timing> timings{
      {"pcl, 1 thread",
       [&] {
         pcl::octree::OctreePointCloud<pcl::PointXYZ> octree(grid.cell);
         octree.setInputCloud(cloud);
         octree.addPointsFromInputCloud();
         leaves = static_cast<std::int64_t>(octree.getLeafCount());
       }},
      {"treewalk, 1 thread",
       [&] {
         at::set_num_threads(1);
         build_octree(points, fit_grid(points, depth), depth + 1);
       }},
      {"treewalk, 2 threads",
       [&] {
         at::set_num_threads(2);
         const Octree octree = build_octree(points, fit_grid(points, depth), depth + 1);
         cells = octree.level[0].size();
       }},
  };
  measure(timings, repetitions);
  std::printf("%s, %zu points, %lld leaf cells (pcl %lld)\n", name, cloud->size(), static_cast<long long>(cells),
              static_cast<long long>(leaves));
  print(timings);
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t size = argc > 1 ? std::atoll(argv[1]) : 1000000;
  const int depth = argc > 2 ? std::atoi(argv[2]) : 10, repetitions = argc > 3 ? std::atoi(argv[3]) : 9;
  compare("surface", surface(size), depth, repetitions);
  compare("uniform", uniform(size), depth, repetitions);
}
