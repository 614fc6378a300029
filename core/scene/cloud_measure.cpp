// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/cloud_measure.h"

#include <algorithm>
#include <cmath>

namespace treewalk {

CloudMeasure measure(const Octree& octree, const Bounds& box) {
  constexpr std::int64_t kFewest = 64;
  constexpr double kPointsPerCell = 4;
  CloudMeasure result;
  const std::int64_t points = octree.order.size(0);
  if (points == 0) return result;
  result.extent = box.longest_side();
  if (points < kFewest) return result;
  int level = 0;
  double side = octree.grid.cell;
  while (level + 1 < octree.levels() && points < kPointsPerCell * octree.level[level].size()) {
    ++level;
    side *= octree.grid.branching;
  }
  result.spacing = side * std::sqrt(static_cast<double>(octree.level[level].size()) / static_cast<double>(points));
  return result;
}

void MeasureRange::add(double value) {
  if (!(value > 0)) return;
  lower = empty() ? value : std::min(lower, value);
  upper = std::max(upper, value);
}

double MeasureRange::factor(double value) const {
  if (empty() || !(value > 0)) return 1;
  return std::max({1.0, lower / value, value / upper});
}

}  // namespace treewalk
