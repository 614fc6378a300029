// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// k nearest neighbours of every point: knn against pcl::KdTreeFLANN, in turns.
//   knn_benchmark [points = 1000000] [k = 16] [repetitions = 5]
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

int main(int argc, char** argv) {
  const std::int64_t size = argc > 1 ? std::atoll(argv[1]) : 1000000;
  const int k = argc > 2 ? std::atoi(argv[2]) : 16, repetitions = argc > 3 ? std::atoi(argv[3]) : 5;
  for (const bool flat : {true, false}) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> unit(0, 1);
    pcl::PointCloud<pcl::PointXYZ>::Ptr cloud(new pcl::PointCloud<pcl::PointXYZ>);
    auto points = at::empty({size, 3}, at::kFloat);
    for (std::int64_t i = 0; i < size; ++i) {
      const float x = unit(random), y = unit(random), z = unit(random);
      cloud->emplace_back(x, y, flat ? 0.1f * std::sin(7 * x) * std::cos(5 * y) + 0.001f * z : z);
      std::copy_n(cloud->back().data, 3, points.data_ptr<float>() + 3 * i);
    }
    std::vector<Timing> timings{{"pcl, 2 threads", [&] {
                                   pcl::KdTreeFLANN<pcl::PointXYZ> tree;
                                   tree.setInputCloud(cloud);
                                   at::set_num_threads(2);
                                   at::parallel_for(0, size, 1, [&](std::int64_t begin, std::int64_t end) {
                                     pcl::Indices index(k + 1);
                                     std::vector<float> distance(k + 1);
                                     for (; begin < end; ++begin)
                                       tree.nearestKSearch(static_cast<int>(begin), k + 1, index, distance);
                                   });
                                 }}};
    for (const Cpu set : {Cpu::kBaseline, Cpu::kAvx2, Cpu::kAvx512})
      if (set <= best_cpu())
        timings.push_back({name_of(set), [&, set] {
                             use_cpu(set);
                             at::set_num_threads(2);
                             knn(points, k);
                           }});
    timings.push_back({"1 thread", [&] {
                         at::set_num_threads(1);
                         knn(points, k);
                       }});
    measure(timings, repetitions);
    std::printf("%s, %lld points, k = %d\n", flat ? "surface" : "uniform", static_cast<long long>(size), k);
    print(timings);
  }
}
