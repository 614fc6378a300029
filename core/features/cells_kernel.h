// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/device/elementary.h"
#include "core/features/cells_arrays.h"

namespace treewalk {

/// Heights in metres made comparable: linear below about 0.5 m, logarithmic above ("sq" in the modules' comments).
constexpr double kSquashUnit = 0.5;
HD inline float squash(double height) { return 0.5f * fast_asinh(static_cast<float>(height / kSquashUnit)); }

/// item = cell of any level: row(cells, level, cell, destination).
template <class Row>
struct EachCell {
  static constexpr std::int64_t grain = 2048;
  CellsArrays cells;
  Row row;

  HD void operator()(std::int64_t item) const {
    int l = 0;
    while (item >= cells.first[l + 1]) ++l;
    const std::int64_t c = item - cells.first[l];
    row(cells, l, c, cells.row(l, c));
  }
};

/// item = leaf: the mean over its points of each column; lanes take columns.
struct MeanOverPoints {
  static constexpr std::int64_t grain = 256;
  static constexpr int cuda_lanes = 8;
  const std::int32_t* first;  ///< OctreeLevel::point of the leaves
  PointColumns points;
  float* to;
  std::int64_t stride;

  template <class Lanes>
  HD void operator()(std::int64_t c, const Lanes& lanes) const {
    const std::int64_t begin = first[c], end = first[c + 1];
    const double bound = points.bound > 0 ? points.bound : largest(begin, end);
    const double to_steps = (1 << 30) / (bound > 0 ? bound : 1.0);
    const double scale = 1 / (to_steps * static_cast<double>(end - begin));
    for (int k = lanes.rank(); k < points.columns; k += Lanes::size) {
      std::int64_t sum = 0;
      for (std::int64_t i = begin; i < end; ++i)
        sum += static_cast<std::int64_t>(points.value[i * points.stride + k] * to_steps);
      to[c * stride + k] = static_cast<float>(static_cast<double>(sum) * scale);
    }
  }
  HD double largest(std::int64_t begin, std::int64_t end) const {
    float most = 0;
    for (std::int64_t i = begin; i < end; ++i)
      for (int k = 0; k < points.columns; ++k) most = std::max(most, std::abs(points.value[i * points.stride + k]));
    return most;
  }
};

/// item = cell of a coarser level: the mean over its points of each column, given those of its children; 0 without any.
struct MeanOverChildren {
  static constexpr std::int64_t grain = 256;
  static constexpr int cuda_lanes = 8;
  const std::int32_t *row, *child;  ///< Hierarchy::children
  const Moments *children, *raw;
  int columns;
  const float* from;
  std::int64_t from_stride;
  float* to;
  std::int64_t stride;

  template <class Lanes>
  HD void operator()(std::int64_t c, const Lanes& lanes) const {
    for (int k = lanes.rank(); k < columns; k += Lanes::size) {
      double sum = 0;
      for (std::int32_t e = row[c]; e < row[c + 1]; ++e)
        sum += children[child[e]].count * from[child[e] * from_stride + k];
      to[c * stride + k] = raw[c].count > 0 ? static_cast<float>(sum / raw[c].count) : 0.0f;
    }
  }
};

}  // namespace treewalk
