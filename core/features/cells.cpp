// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/cells.h"

#include "core/device/in_out.h"

namespace treewalk {

CellsArrays cells_arrays(const FeatureInput& input, const Feature::Output& output) {
  CellsArrays cells{};
  cells.levels = static_cast<int>(input.moments.level.size());
  TORCH_CHECK(cells.levels <= kMostSceneLevels, "scenes have at most ", kMostSceneLevels, " levels, found ",
              cells.levels);
  for (int l = 0; l < cells.levels; ++l) {
    cells.level[l] = input.moments.level[l].arrays();
    cells.first[l + 1] = cells.first[l] + cells.level[l].size;
    cells.column[l] = output.cell[l];
    cells.stride[l] = output.cell_stride[l];
  }
  return cells;
}

void mean_over_points(const FeatureInput& input, const Feature::Output& output, const PointColumns& points) {
  if (input.scene.size() == 0) return;  // leaves without points, in a scene of cells alone, have their rows
  if (output.cell.empty()) return;      // points are asked for alone
  const OctreeLevel& leaves = input.scene.octree.level[0];
  parallel_for_lanes(input.device(), leaves.size(),
                     MeanOverPoints{in(leaves.point), points, output.cell[0], output.cell_stride[0]});
}

void mean_over_children(const FeatureInput& input, const Feature::Output& output, int columns) {
  for (std::size_t l = input.scene.first_level + 1; l < input.moments.level.size(); ++l) {
    const LevelArrays children = input.moments.level[l - 1].arrays(), level = input.moments.level[l].arrays();
    parallel_for_lanes(
        input.device(), level.size,
        MeanOverChildren{in(input.scene.hierarchy.children[l].offset), in(input.scene.hierarchy.children[l].column),
                         children.raw, level.raw, columns, output.cell[l - 1], output.cell_stride[l - 1],
                         output.cell[l], output.cell_stride[l]});
  }
}

}  // namespace treewalk
