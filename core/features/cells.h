// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/device/parallel.h"
#include "core/features/feature.h"

namespace treewalk {

/// Small pieces that the modules share.

/// asinh as one logarithm in float32, several times faster than the library's: good to 1e-6.
inline float fast_asinh(float x) {
  const float size = std::abs(x);
  return std::copysign(std::log(size + std::sqrt(size * size + 1)), x);
}

/// Heights in metres made comparable: linear below about 0.5 m, logarithmic above ("sq" in the modules' comments).
inline float squash(double height) { return 0.5f * fast_asinh(static_cast<float>(height / 0.5)); }

/// Calls row(level, cell, destination) for every cell of every level.
template <class Row>
void for_each_cell(const FeatureInput& input, const Feature::Output& output, const Row& row) {
  std::vector<std::int64_t> first{0};
  for (const LevelMoments& level : input.moments.level) first.push_back(first.back() + level.size());
  parallel_pieces(first.back(), 2048, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::size_t l = 0; l + 1 < first.size(); ++l)
      for (std::int64_t i = std::max(begin, first[l]); i < std::min(end, first[l + 1]); ++i)
        row(static_cast<int>(l), i - first[l], output.cell[l] + (i - first[l]) * output.cell_stride[l]);
  });
}

/// Numbers of the points (Morton order) that cells are to average.
struct PointColumns {
  const float* value;
  std::int64_t stride;
  int columns;
  double bound;  ///< no |value| is larger
};

/// Writes for every leaf cell the mean over its points into the first columns of its row. Sums are integers in steps
/// of bound / 2^30, so they do not depend on the order of the points.
void mean_over_points(const FeatureInput& input, const Feature::Output& output, const PointColumns& points);

/// Writes for every coarser cell the mean over its points of the first columns, given those of the leaves.
void mean_over_children(const FeatureInput& input, const Feature::Output& output, int columns);

}  // namespace treewalk
