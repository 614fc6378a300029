// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/model/memory.h"

#include <fstream>
#include <string>

namespace treewalk {
namespace {

/// Working memory of a tile, measured with tests/benchmark/inference_benchmark on clouds of many densities: so much per
/// point, and for every cell of a level so much and so much per channel.
constexpr double kBytesPerPoint = 200, kBytesPerCell = 300, kBytesPerChannel = 48;
/// Of a point stage, by its layers' sizes: input, two hidden layers and the result live at once.
constexpr double kBytesPerStageChannel = 16;

double bytes_of_point(const Recipe& recipe) {
  return kBytesPerPoint + kBytesPerStageChannel * recipe.network.point_stage;
}

double bytes_of_cell(const Recipe& recipe, int level) {
  return kBytesPerCell + kBytesPerChannel * recipe.network.widths[level];
}

}  // namespace

std::int64_t base_bytes_per_point(int classes) { return 90 + 4 * classes; }

double highest_cost(const Recipe& recipe) {
  double bytes = bytes_of_point(recipe);
  for (int l = 0; l < recipe.scene.levels; ++l) bytes += bytes_of_cell(recipe, l);
  return bytes;
}

std::vector<float> point_costs(const PointSet& points, const Recipe& recipe, const Grid& grid) {
  const auto octree = build_octree(points.position, grid, recipe.scene.levels);
  std::vector<float> cost(points.size(), static_cast<float>(bytes_of_point(recipe)));
  const auto* order = octree.order.const_data_ptr<int>();
  for (int l = 0; l < recipe.scene.levels; ++l) {
    const auto* first = octree.level[l].point.const_data_ptr<int>();
    const double bytes = bytes_of_cell(recipe, l);
    for (std::int64_t c = 0; c < octree.level[l].size(); ++c) {
      const auto share = static_cast<float>(bytes / (first[c + 1] - first[c]));
      for (int p = first[c]; p < first[c + 1]; ++p) cost[order[p]] += share;
    }
  }
  return cost;
}

std::int64_t free_memory_mb() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  std::int64_t kilobytes = 0;
  while (file >> key >> kilobytes) {
    if (key == "MemAvailable:") return kilobytes / 1024;
    file.ignore(64, '\n');
  }
  return 4096;
}

}  // namespace treewalk
