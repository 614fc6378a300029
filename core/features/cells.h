// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/device/parallel.h"
#include "core/features/feature.h"

namespace treewalk {

/// Small pieces that the modules share.

/// Heights in metres made comparable: linear below about 0.5 m, logarithmic above ("sq" in the modules' comments).
inline float squash(double height) { return static_cast<float>(0.5 * std::asinh(height / 0.5)); }

/// Calls row(level, cell, destination) for every cell of every level.
template <class Row>
void for_each_cell(const FeatureInput& input, const Feature::Output& output, const Row& row) {
  for (int l = 0; l < static_cast<int>(input.moments.level.size()); ++l)
    parallel_pieces(input.moments.level[l].size(), 1024, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      for (std::int64_t c = begin; c < end; ++c) row(l, c, output.cell[l] + c * output.cell_stride[l]);
    });
}

/// Numbers of the points (Morton order) that cells are to average.
struct PointColumns {
  const float* value;
  std::int64_t stride;
  int columns;
  double bound;  ///< no |value| is larger
};

/// Writes for every cell of every level the mean over its points into the first columns of its row: leaves from the
/// points, coarser cells from their children weighted by points. Leaf sums are integers in steps of bound / 2^30, so
/// they do not depend on the order of the points.
void mean_over_cells(const FeatureInput& input, const Feature::Output& output, const PointColumns& points);

}  // namespace treewalk
