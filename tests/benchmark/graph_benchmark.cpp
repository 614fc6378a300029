// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// The graph of the k nearest neighbours, made by knn_graph and by a PointSearch that is asked for k + 1 neighbours of
// all points at once, whose answers are put into the same arrays without the point itself: in turns, the search's
// structure and the arrays' memory included. First the two are compared. Points in random order on a surface and in a
// cube.
//   graph_benchmark [points = 1000000] [k = 16] [repetitions = 5] [threads = 2]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "tests/benchmark/timing.h"
#include "treewalk/search.h"
#include "treewalk/structure.h"

using namespace treewalk;

namespace {

CloudView view_of(const std::vector<float>& points) {
  CloudView view;
  view.data = reinterpret_cast<const std::byte*>(points.data());
  view.size = static_cast<std::int64_t>(points.size() / 3);
  view.stride = 3 * sizeof(float);
  const char* names[] = {"x", "y", "z"};
  for (std::size_t axis = 0; axis < 3; ++axis)
    view.fields.push_back({names[axis], axis * sizeof(float), Scalar::float32, 1});
  return view;
}

KnnGraphArrays graph_by_search(const std::vector<float>& points, int k, int threads) {
  const PointSearch search(view_of(points), nullptr, threads);
  const std::vector<double> queries(points.begin(), points.end());
  const std::size_t size = points.size() / 3, width = static_cast<std::size_t>(k);
  KnnGraphArrays graph;
  graph.column.resize(size * width);
  graph.squared_distance.resize(size * width);
  for (std::size_t i = 0; i <= size; ++i) graph.offset.push_back(static_cast<std::int64_t>(i * width));
  search.nearest(
      queries.data(), static_cast<std::int64_t>(size), k + 1,
      [&](std::int64_t i, const std::int32_t* index, const float* distance, std::int64_t count) {
        std::size_t to = static_cast<std::size_t>(i) * width;
        const std::size_t end = to + width;
        for (std::int64_t j = 0; j < count && to < end; ++j) {
          if (index[j] == i) continue;
          graph.column[to] = index[j];
          graph.squared_distance[to++] = distance[j];
        }
      },
      threads);
  return graph;
}

void compare(bool surface, std::size_t size, int k, int repetitions, int threads) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> unit(0, 1);
  std::vector<float> points;
  for (std::size_t i = 0; i < size; ++i) {
    const float x = unit(random), y = unit(random), z = unit(random);
    for (const float value : {x, y, surface ? 0.1f * std::sin(7 * x) * std::cos(5 * y) + 0.001f * z : z})
      points.push_back(value);
  }
  {
    const KnnGraphArrays one = knn_graph(view_of(points), k, GraphKind::directed, threads);
    const KnnGraphArrays other = graph_by_search(points, k, threads);
    const bool same =
        one.offset == other.offset && one.column == other.column && one.squared_distance == other.squared_distance;
    std::printf("%s, %zu points, k = %d, %d threads: %s\n", surface ? "surface" : "cube", size, k, threads,
                same ? "the same graph" : "GRAPHS DIFFER");
  }
  std::vector<Timing> sides{{"search, all at once", [&] { graph_by_search(points, k, threads); }},
                            {"knn_graph", [&] { knn_graph(view_of(points), k, GraphKind::directed, threads); }}};
  measure(sides, repetitions);
  print(sides);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t size = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000000;
  const int k = argc > 2 ? std::atoi(argv[2]) : 16, repetitions = argc > 3 ? std::atoi(argv[3]) : 5;
  const int threads = argc > 4 ? std::atoi(argv[4]) : 2;
  for (const bool surface : {true, false}) compare(surface, size, k, repetitions, threads);
}
