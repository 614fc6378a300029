// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Octree of N points with leaf cells of extent / 2^depth, from a cloud of PCL's: build_octree, the copy of the points
// included, against pcl::octree::OctreePointCloud, which has one thread, as it comes and when it is let
// find its box first, so that it need not grow with every point outside. In turns; "times" compares with the latter.
//   octree_benchmark [points = 1000000] [depth = 10] [repetitions = 9] [threads = 2]
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <pcl/octree/octree_pointcloud.h>
#include <pcl/point_types.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

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

/// PCL's octree of the cloud, whose box it is let find first or not; how many leaves it has.
std::int64_t leaves_of_pcl(const Cloud::Ptr& cloud, double cell, bool box_first) {
  pcl::octree::OctreePointCloud<pcl::PointXYZ> octree(cell);
  octree.setInputCloud(cloud);
  if (box_first) octree.defineBoundingBox();
  octree.addPointsFromInputCloud();
  return static_cast<std::int64_t>(octree.getLeafCount());
}

void compare(const char* name, const Cloud::Ptr& cloud, int depth, int repetitions, int threads) {
  const double cell = fit_grid(tensor_of(*cloud), depth).cell;
  std::int64_t grown = 0, leaves = 0, cells = 0;
  const auto ours = [&](int with) {
    at::set_num_threads(with);
    const at::Tensor points = tensor_of(*cloud);
    cells = build_octree(points, fit_grid(points, depth), depth + 1).level[0].size();
  };
  const std::string several = "treewalk, " + std::to_string(threads) + " threads";
  std::vector<Timing> timings{{"pcl, box first, 1 thread", [&] { leaves = leaves_of_pcl(cloud, cell, true); }},
                              {"pcl, as it comes, 1 thread", [&] { grown = leaves_of_pcl(cloud, cell, false); }},
                              {"treewalk, 1 thread", [&] { ours(1); }}};
  if (threads > 1) timings.push_back({several.c_str(), [&] { ours(threads); }});
  measure(timings, repetitions);
  std::printf("%s, %zu points, %lld leaf cells (pcl %lld, as it comes %lld)\n", name, cloud->size(),
              static_cast<long long>(cells), static_cast<long long>(leaves), static_cast<long long>(grown));
  print(timings);
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t size = argc > 1 ? std::atoll(argv[1]) : 1000000;
  const int depth = argc > 2 ? std::atoi(argv[2]) : 10, repetitions = argc > 3 ? std::atoi(argv[3]) : 9;
  const int threads = argc > 4 ? std::atoi(argv[4]) : 2;
  compare("surface", surface(size), depth, repetitions, threads);
  compare("uniform", uniform(size), depth, repetitions, threads);
}
