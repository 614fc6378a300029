// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Building a search and asking it for the neighbours of every point: KnnSearch against pcl::search::KdTree and
// nanoflann, in turns. First every squared distance is compared. KdTree and nanoflann are built by one thread, as they
// come, and asked by all; all sort what they find. Points come in random order, or as a scanner delivers them: next to
// their neighbours, in lines; or they are those of a file, such as build/demo/scan/test/b9_training.ply. Last, k = 1, 5
// and the k that was given are asked for alone, by searches that were made before.
//   search_benchmark [points = 1000000] [k = 16] [repetitions = 5] [threads = 2] [random|lines|FILE]
#include <pcl/point_types.h>
#include <pcl/search/kdtree.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <nanoflann.hpp>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/benchmark/timing.h"
#include "treewalk/pcl/knn_search.h"
#include "treewalk/pcl/load.h"

using namespace treewalk;

namespace {

using Cloud = pcl::PointCloud<pcl::PointXYZ>;
using Search = pcl::search::Search<pcl::PointXYZ>;

struct Settings {
  std::size_t size = 1000000;
  int k = 16, repetitions = 5, threads = 2;
  bool lines = false;
  std::string file;
};

Cloud::Ptr make_cloud(std::size_t size, bool surface, bool lines) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> unit(0, 1);
  const float side = surface ? std::sqrt(static_cast<float>(size)) : std::cbrt(static_cast<float>(size));
  Cloud::Ptr cloud(new Cloud);
  for (std::size_t i = 0; i < size; ++i) {
    const float x = unit(random), y = unit(random), z = unit(random);
    cloud->emplace_back(x, y, surface ? 0.1f * std::sin(7 * x) * std::cos(5 * y) + 0.001f * z : z);
  }
  const auto line = [&](const pcl::PointXYZ& p) { return std::pair(int(p.y * side), int(p.z * (surface ? 0 : side))); };
  if (lines)
    std::sort(cloud->begin(), cloud->end(), [&](const pcl::PointXYZ& a, const pcl::PointXYZ& b) {
      return std::pair(line(a), a.x) < std::pair(line(b), b.x);
    });
  return cloud;
}

// nanoflann over the same points, in its own terms.
struct Points {
  const Cloud& cloud;
  std::size_t kdtree_get_point_count() const { return cloud.size(); }
  float kdtree_get_pt(std::size_t i, std::size_t axis) const { return cloud[i].data[axis]; }
  template <class Box>
  bool kdtree_get_bbox(Box&) const {
    return false;
  }
};
struct Nanoflann {
  explicit Nanoflann(const Cloud& cloud) : points{cloud}, tree(3, points) {}
  void nearest(const pcl::PointXYZ& point, int k, pcl::Indices& index, std::vector<float>& distance) const {
    index.resize(static_cast<std::size_t>(k));
    distance.resize(index.size());
    const std::size_t found = tree.knnSearch(point.data, index.size(), index.data(), distance.data());
    index.resize(found);
    distance.resize(found);
  }
  void within(const pcl::PointXYZ& point, double radius, pcl::Indices& index, std::vector<float>& distance) const {
    // Pairs of release 1.4 and records of newer ones are taken apart alike.
    using Found = typename std::remove_reference_t<decltype(pairs_of(&Tree::radiusSearch))>;
    Found found;
    tree.radiusSearch(point.data, static_cast<float>(radius * radius), found, {});
    index.clear();
    distance.clear();
    for (const auto& [at, square] : found) {
      index.push_back(at);
      distance.push_back(square);
    }
  }
  using Tree = nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<float, Points>, Points, 3, int>;
  template <class Owner, class Size, class List, class Options>
  static List& pairs_of(Size (Owner::*)(const float*, const float&, List&, const Options&) const);
  Points points;
  Tree tree;
};

// ask(i, index, distance) for every point, a part of them on each thread.
template <class Ask>
void for_all(std::size_t points, int count, const Ask& ask) {
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t)
    threads.emplace_back([&, t] {
      pcl::Indices index;
      std::vector<float> distance;
      for (std::size_t i = points * t / count; i < points * (t + 1) / count; ++i) ask(i, index, distance);
    });
  for (auto& thread : threads) thread.join();
}

std::size_t different(const Cloud::Ptr& cloud, int k, int threads) {
  pcl::search::KdTree<pcl::PointXYZ> theirs;
  KnnSearch<pcl::PointXYZ> ours;
  theirs.setInputCloud(cloud);
  ours.setInputCloud(cloud);
  std::vector<char> differs(cloud->size());
  for_all(cloud->size(), threads, [&](std::size_t i, pcl::Indices& index, std::vector<float>& distance) {
    pcl::Indices other;
    std::vector<float> other_distance;
    ours.nearestKSearch(static_cast<int>(i), k, index, distance);
    theirs.nearestKSearch((*cloud)[i], k, other, other_distance);
    differs[i] = distance != other_distance;
  });
  return static_cast<std::size_t>(std::count(differs.begin(), differs.end(), 1));
}

using Ask = std::function<void(Search&)>;
using AskNanoflann = std::function<void(const Nanoflann&)>;
using AskAll =
    std::function<void(const KnnSearch<pcl::PointXYZ>&, std::vector<pcl::Indices>&, std::vector<std::vector<float>>&)>;

// Building and asking: KdTree, nanoflann, KnnSearch point by point, and KnnSearch for all points at once.
void compare(const Cloud::Ptr& cloud, const Settings& settings, const Ask& ask, const AskNanoflann& ask_nanoflann,
             const AskAll& ask_all) {
  std::vector<Timing> sides{{"KdTree, by points",
                             [&] {
                               pcl::search::KdTree<pcl::PointXYZ> search;
                               search.setInputCloud(cloud);
                               ask(search);
                             }},
                            {"nanoflann, by points", [&] { ask_nanoflann(Nanoflann(*cloud)); }},
                            {"KnnSearch, by points",
                             [&] {
                               KnnSearch<pcl::PointXYZ> search;
                               search.setNumberOfThreads(static_cast<unsigned>(settings.threads));
                               search.setInputCloud(cloud);
                               ask(search);
                             }},
                            {"KnnSearch, all at once", [&] {
                               KnnSearch<pcl::PointXYZ> search;
                               search.setNumberOfThreads(static_cast<unsigned>(settings.threads));
                               search.setInputCloud(cloud);
                               std::vector<pcl::Indices> index;
                               std::vector<std::vector<float>> distance;
                               ask_all(search, index, distance);
                             }}};
  measure(sides, settings.repetitions);
  print(sides);
}

// The nearest of every point, point by point, by searches that were made before.
void compare_queries(const Cloud::Ptr& cloud, int k, const Settings& settings) {
  pcl::search::KdTree<pcl::PointXYZ> theirs;
  KnnSearch<pcl::PointXYZ> ours;
  theirs.setInputCloud(cloud);
  ours.setInputCloud(cloud);
  const Nanoflann nanoflann(*cloud);
  const auto for_points = [&](const auto& nearest) {
    for_all(cloud->size(), settings.threads, [&](std::size_t i, pcl::Indices& index, std::vector<float>& distance) {
      nearest((*cloud)[i], index, distance);
    });
  };
  const auto ask = [&](const Search& search) {
    for_points(
        [&](const auto& point, auto& index, auto& distance) { search.nearestKSearch(point, k, index, distance); });
  };
  const auto ask_nanoflann = [&] {
    for_points([&](const auto& point, auto& index, auto& distance) { nanoflann.nearest(point, k, index, distance); });
  };
  std::printf(" queries alone, k = %d\n", k);
  std::vector<Timing> sides{{"KdTree, by points", [&] { ask(theirs); }},
                            {"nanoflann, by points", ask_nanoflann},
                            {"KnnSearch, by points", [&] { ask(ours); }}};
  measure(sides, settings.repetitions);
  print(sides);
}

// The finite points of a file, in its order.
Cloud::Ptr read(const std::string& file) {
  Cloud all;
  loadCloud(file, all);
  Cloud::Ptr cloud(new Cloud);
  for (const auto& point : all)
    if (std::isfinite(point.x) && std::isfinite(point.y) && std::isfinite(point.z)) cloud->push_back(point);
  return cloud;
}

// The distance within which the middle point of a real cloud has k.
double middle_radius(const Cloud::Ptr& cloud, int k) {
  KnnSearch<pcl::PointXYZ> search;
  search.setInputCloud(cloud);
  std::vector<float> last, distance;
  pcl::Indices index;
  for (std::size_t i = 0; i < cloud->size(); i += 101)
    if (search.nearestKSearch((*cloud)[i], k, index, distance) > 0) last.push_back(distance.back());
  std::nth_element(last.begin(), last.begin() + static_cast<std::ptrdiff_t>(last.size() / 2), last.end());
  return std::sqrt(double{last[last.size() / 2]});
}

void compare(Settings settings, bool surface) {
  const auto cloud = settings.file.empty() ? make_cloud(settings.size, surface, settings.lines) : read(settings.file);
  settings.size = cloud->size();
  const auto size = static_cast<double>(settings.size);
  const int k = settings.k, threads = settings.threads;
  const double radius = !settings.file.empty() ? middle_radius(cloud, k)
                        : surface              ? std::sqrt(k / (3.14159 * size))
                                               : std::cbrt(k / (4.18879 * size));
  std::printf("%s, %zu points in %s, %d threads; k = %d: %zu queries whose distances differ\n",
              !settings.file.empty() ? settings.file.c_str()
              : surface              ? "surface"
                                     : "uniform",
              settings.size,
              !settings.file.empty() ? "the file's order"
              : settings.lines       ? "lines"
                                     : "random order",
              threads, k, different(cloud, k, threads));
  std::vector<Timing> build{
      {"KdTree, build, 1 thread", [&] { pcl::search::KdTree<pcl::PointXYZ>().setInputCloud(cloud); }},
      {"nanoflann, build, 1 thread", [&] { Nanoflann{*cloud}; }},
      {"KnnSearch, build", [&] {
         KnnSearch<pcl::PointXYZ> search;
         search.setNumberOfThreads(static_cast<unsigned>(threads));
         search.setInputCloud(cloud);
       }}};
  measure(build, settings.repetitions);
  print(build);
  std::printf(" build, then the nearest of every point\n");
  compare(
      cloud, settings,
      [&](Search& search) {
        for_all(settings.size, threads, [&](std::size_t i, pcl::Indices& index, std::vector<float>& distance) {
          search.nearestKSearch((*cloud)[i], k, index, distance);
        });
      },
      [&](const Nanoflann& search) {
        for_all(settings.size, threads, [&](std::size_t i, pcl::Indices& index, std::vector<float>& distance) {
          search.nearest((*cloud)[i], k, index, distance);
        });
      },
      [&](auto& search, auto& index, auto& distance) {
        search.nearestKSearch(*cloud, pcl::Indices(), k, index, distance);
      });
  std::printf(" build, then those within a radius that holds as many\n");
  compare(
      cloud, settings,
      [&](Search& search) {
        for_all(settings.size, threads, [&](std::size_t i, pcl::Indices& index, std::vector<float>& distance) {
          search.radiusSearch((*cloud)[i], radius, index, distance);
        });
      },
      [&](const Nanoflann& search) {
        for_all(settings.size, threads, [&](std::size_t i, pcl::Indices& index, std::vector<float>& distance) {
          search.within((*cloud)[i], radius, index, distance);
        });
      },
      [&](auto& search, auto& index, auto& distance) {
        search.radiusSearch(*cloud, pcl::Indices(), radius, index, distance);
      });
  for (const int few : {1, 5}) compare_queries(cloud, few, settings);
  compare_queries(cloud, k, settings);
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  if (argc > 1) settings.size = std::strtoull(argv[1], nullptr, 10);
  if (argc > 2) settings.k = std::atoi(argv[2]);
  if (argc > 3) settings.repetitions = std::atoi(argv[3]);
  if (argc > 4) settings.threads = std::atoi(argv[4]);
  if (argc > 5 && std::string(argv[5]) == "lines")
    settings.lines = true;
  else if (argc > 5 && std::string(argv[5]) != "random")
    settings.file = argv[5];
  compare(settings, true);
  if (settings.file.empty()) compare(settings, false);
}
