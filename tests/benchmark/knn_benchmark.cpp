// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// k nearest neighbours of every point, the search's structure included: knn, by each set of instructions that the
// machine has, against pcl::KdTreeFLANN, in turns. PCL's tree is built by one thread and asked by all, and its answers
// are not kept.
//   knn_benchmark [points = 1000000] [k = 16] [repetitions = 5] [threads = 2]
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <pcl/kdtree/kdtree_flann.h>
#include <pcl/point_types.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "core/device/cpu.h"
#include "core/geometry/knn.h"
#include "tests/benchmark/timing.h"

using namespace treewalk;

namespace {

using PclCloud = pcl::PointCloud<pcl::PointXYZ>;

void ask_pcl(const PclCloud::Ptr& cloud, int k, int threads) {
  pcl::KdTreeFLANN<pcl::PointXYZ> tree;
  tree.setInputCloud(cloud);
  at::set_num_threads(threads);
  at::parallel_for(0, static_cast<std::int64_t>(cloud->size()), 1, [&](std::int64_t begin, std::int64_t end) {
    pcl::Indices index(k + 1);
    std::vector<float> distance(k + 1);
    for (; begin < end; ++begin) tree.nearestKSearch(static_cast<int>(begin), k + 1, index, distance);
  });
}

void compare(bool flat, std::int64_t size, int k, int repetitions, int threads) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> unit(0, 1);
  PclCloud::Ptr cloud(new PclCloud);
  auto points = at::empty({size, 3}, at::kFloat);
  for (std::int64_t i = 0; i < size; ++i) {
    const float x = unit(random), y = unit(random), z = unit(random);
    cloud->emplace_back(x, y, flat ? 0.1f * std::sin(7 * x) * std::cos(5 * y) + 0.001f * z : z);
    std::copy_n(cloud->back().data, 3, points.data_ptr<float>() + 3 * i);
  }
  std::vector<Timing> timings{{"pcl", [&] { ask_pcl(cloud, k, threads); }}};
  for (const Cpu set : {Cpu::kBaseline, Cpu::kAvx2, Cpu::kAvx512})
    if (set <= best_cpu())
      timings.push_back({name_of(set), [&, set] {
                           use_cpu(set);
                           at::set_num_threads(threads);
                           knn(points, k);
                         }});
  measure(timings, repetitions);
  std::printf("%s, %lld points, k = %d, %d threads\n", flat ? "surface" : "uniform", static_cast<long long>(size), k,
              threads);
  print(timings);
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t size = argc > 1 ? std::atoll(argv[1]) : 1000000;
  const int k = argc > 2 ? std::atoi(argv[2]) : 16, repetitions = argc > 3 ? std::atoi(argv[3]) : 5;
  const int threads = argc > 4 ? std::atoi(argv[4]) : 2;
  for (const bool flat : {true, false}) compare(flat, size, k, repetitions, threads);
}
