// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Building a search and asking it for the neighbours of every point: KnnSearch against pcl::search::KdTree, in turns,
// on two threads. First every squared distance is compared.
//   search_benchmark [points = 1000000] [k = 16] [repetitions = 5]
#include <pcl/point_types.h>
#include <pcl/search/kdtree.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "tests/benchmark/timing.h"
#include "treewalk/pcl/knn_search.h"

using namespace treewalk;

namespace {

using Cloud = pcl::PointCloud<pcl::PointXYZ>;
using Search = pcl::search::Search<pcl::PointXYZ>;
constexpr int kThreads = 2;

Cloud::Ptr make_cloud(std::size_t size, bool surface) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> unit(0, 1);
  Cloud::Ptr cloud(new Cloud);
  for (std::size_t i = 0; i < size; ++i) {
    const float x = unit(random), y = unit(random), z = unit(random);
    cloud->emplace_back(x, y, surface ? 0.1f * std::sin(7 * x) * std::cos(5 * y) + 0.001f * z : z);
  }
  return cloud;
}

// ask(i, index, distance) for every point, a part of them on each thread.
template <class Ask>
void for_all(std::size_t points, const Ask& ask) {
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      pcl::Indices index;
      std::vector<float> distance;
      for (std::size_t i = points * t / kThreads; i < points * (t + 1) / kThreads; ++i) ask(i, index, distance);
    });
  for (auto& thread : threads) thread.join();
}

std::size_t different(const Cloud::Ptr& cloud, int k) {
  pcl::search::KdTree<pcl::PointXYZ> theirs;
  KnnSearch<pcl::PointXYZ> ours;
  theirs.setInputCloud(cloud);
  ours.setInputCloud(cloud);
  std::vector<char> differs(cloud->size());
  for_all(cloud->size(), [&](std::size_t i, pcl::Indices& index, std::vector<float>& distance) {
    pcl::Indices other;
    std::vector<float> other_distance;
    ours.nearestKSearch(static_cast<int>(i), k, index, distance);
    theirs.nearestKSearch((*cloud)[i], k, other, other_distance);
    differs[i] = distance != other_distance;
  });
  return static_cast<std::size_t>(std::count(differs.begin(), differs.end(), 1));
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t size = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000000;
  const int k = argc > 2 ? std::atoi(argv[2]) : 16, repetitions = argc > 3 ? std::atoi(argv[3]) : 5;
  for (const bool surface : {true, false}) {
    const auto cloud = make_cloud(size, surface);
    const double radius = surface ? std::sqrt(k / (3.14159 * static_cast<double>(size)))
                                  : std::cbrt(k / (4.18879 * static_cast<double>(size)));
    std::printf("%s, %zu points; k = %d: %zu queries whose distances differ\n", surface ? "surface" : "uniform", size,
                k, different(cloud, k));
    const auto nearest = [&](Search& search) {
      search.setInputCloud(cloud);
      for_all(size, [&](std::size_t i, pcl::Indices& index, std::vector<float>& distance) {
        search.nearestKSearch((*cloud)[i], k, index, distance);
      });
    };
    const auto within = [&](Search& search) {
      search.setInputCloud(cloud);
      for_all(size, [&](std::size_t i, pcl::Indices& index, std::vector<float>& distance) {
        search.radiusSearch((*cloud)[i], radius, index, distance);
      });
    };
    const auto at_once = [&](const auto& ask) {
      KnnSearch<pcl::PointXYZ> search;
      search.setNumberOfThreads(kThreads);
      search.setInputCloud(cloud);
      std::vector<pcl::Indices> index;
      std::vector<std::vector<float>> distance;
      ask(search, index, distance);
    };
    std::vector<Timing> build{{"KdTree, build", [&] { pcl::search::KdTree<pcl::PointXYZ>().setInputCloud(cloud); }},
                              {"KnnSearch, build", [&] { KnnSearch<pcl::PointXYZ>().setInputCloud(cloud); }}};
    std::vector<Timing> neighbours{{"KdTree, build + nearest",
                                    [&] {
                                      pcl::search::KdTree<pcl::PointXYZ> search;
                                      nearest(search);
                                    }},
                                   {"KnnSearch, by points",
                                    [&] {
                                      KnnSearch<pcl::PointXYZ> search;
                                      nearest(search);
                                    }},
                                   {"KnnSearch, all at once", [&] {
                                      at_once([&](auto& search, auto& index, auto& distance) {
                                        search.nearestKSearch(*cloud, pcl::Indices(), k, index, distance);
                                      });
                                    }}};
    std::vector<Timing> balls{{"KdTree, build + radius",
                               [&] {
                                 pcl::search::KdTree<pcl::PointXYZ> search;
                                 within(search);
                               }},
                              {"KnnSearch, by points",
                               [&] {
                                 KnnSearch<pcl::PointXYZ> search;
                                 within(search);
                               }},
                              {"KnnSearch, all at once", [&] {
                                 at_once([&](auto& search, auto& index, auto& distance) {
                                   search.radiusSearch(*cloud, pcl::Indices(), radius, index, distance);
                                 });
                               }}};
    for (auto* sides : {&build, &neighbours, &balls}) {
      measure(*sides, repetitions);
      print(*sides);
    }
  }
}
