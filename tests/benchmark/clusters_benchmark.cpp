// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Whether clusters by position take the same time for each cell of a cloud, however many there are: scenes over a wavy
// surface with the octree's cells and with clusters, 10^4 to 10^6 leaves.
//   clusters_benchmark [THREADS [REPEATS]]
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/scene/scene.h"
#include "tests/benchmark/timing.h"
#include "tests/support/support.h"

using namespace treewalk;

int main(int argc, char** argv) {
  at::set_num_threads(argc > 1 ? std::atoi(argv[1]) : 2);
  const int repeats = argc > 2 ? std::atoi(argv[2]) : 5;
  std::printf("%d threads, processor time of a scene, best of %d\n", at::get_num_threads(), repeats);
  std::printf("    leaves   octree us/leaf   clusters us/leaf   their part us/leaf\n");
  for (const int size : {20000, 60000, 200000, 600000, 2000000}) {
    PointSet points;
    points.position = test::surface_points(size, 1);
    SceneOptions cells;
    cells.cell_size = 1.4 / std::sqrt(size);
    cells.levels = 5;
    auto clusters = cells;
    clusters.hierarchy = "position";
    const Placement placement;
    const auto leaves = static_cast<double>(make_scene(points, cells, placement).hierarchy.size(0));
    std::vector<Timing> sides{{"octree", [&] { make_scene(points, cells, placement); }},
                              {"clusters", [&] { make_scene(points, clusters, placement); }}};
    measure(sides, repeats);
    double best[2];
    for (int s = 0; s < 2; ++s)
      best[s] = 1e6 * *std::min_element(sides[s].processor.begin(), sides[s].processor.end()) / leaves;
    std::printf("%10.0f %16.3f %18.3f %20.3f\n", leaves, best[0], best[1], best[1] - best[0]);
    std::fflush(stdout);
  }
}
