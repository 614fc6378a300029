// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tests/support/array_raster.h"

namespace treewalk::test {

/// Ground filter without learning, after the progressive morphological filters with a rebuilt surface: objects are what
/// grey openings of growing windows cut off by more than the terrain's slope explains; the ground is rebuilt from the
/// rest, and points are compared with it. The baseline for terrain networks, and what their "ground" features began as.
struct SurfaceFilterOptions {
  double cell = 1;           ///< of the raster of lowest points, in metres
  double max_radius = 29;    ///< of the largest window, in metres
  double slope = 0.3;        ///< of terrain that is no object
  double threshold = 0.3;    ///< height over flat ground that is off it, in metres
  double slope_gain = 1.25;  ///< the threshold grows by this much for a slope of 1
};

/// Of every point over the rebuilt ground: both [N] float32.
struct SurfaceHeights {
  at::Tensor height;  ///< z - ground, bilinear
  at::Tensor slope;   ///< of the ground there
};

/// position [N,3] float32 in metres, finite, z up, contiguous, on the CPU. Uses cell, max_radius and slope only. Memory
/// for all cells of the points' box.
inline SurfaceHeights surface_heights(const at::Tensor& position, const SurfaceFilterOptions& options = {}) {
  constexpr int kSweeps = 8;
  constexpr float kTooLow = 10;  // below the closing: errors of measurement
  const std::int64_t size = position.size(0);
  SurfaceHeights result{at::empty({size}, position.options()), at::empty({size}, position.options())};
  if (size == 0) return result;
  const float* p = position.const_data_ptr<float>();
  ArrayRaster low = lowest_of(p, size, options.cell);
  const ArrayRaster closed = close(without_holes(low, kSweeps), 2);
  for (std::size_t c = 0; c < low.value.size(); ++c)
    if (low.value[c] != ArrayRaster::kEmpty && closed.value[c] - low.value[c] > kTooLow)
      low.value[c] = ArrayRaster::kEmpty;
  const ArrayRaster whole = without_holes(low, kSweeps);
  ArrayRaster before = whole;
  for (const double radius : {1, 2, 3, 4, 6, 8, 11, 14, 18, 23, 29}) {
    if (radius > options.max_radius) break;
    const auto cells = std::max<std::int64_t>(1, static_cast<std::int64_t>(radius / options.cell + 0.5));
    ArrayRaster after = open(before, cells);
    const auto allowed = static_cast<float>(options.slope * static_cast<double>(cells) * options.cell);
    for (std::size_t c = 0; c < low.value.size(); ++c)
      if (before.value[c] - after.value[c] - allowed > 0) low.value[c] = ArrayRaster::kEmpty;
    before = std::move(after);
  }
  const ArrayRaster ground = without_holes(low, kSweeps), slope = slope_of(ground);
  float *height = result.height.mutable_data_ptr<float>(), *steepness = result.slope.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < size; ++i, p += 3) {
    height[i] = p[2] - ground.over(p[0], p[1]);
    steepness[i] = slope.over(p[0], p[1]);
  }
  return result;
}

/// [N] uint8: 1 off the ground (height > threshold + slope_gain * slope), 0 ground.
inline at::Tensor surface_filter(const at::Tensor& position, const SurfaceFilterOptions& options = {}) {
  const SurfaceHeights point = surface_heights(position, options);
  const at::Tensor label = at::empty(point.height.sizes(), point.height.options().dtype(at::kByte));
  const float *height = point.height.const_data_ptr<float>(), *slope = point.slope.const_data_ptr<float>();
  for (std::int64_t i = 0; i < label.size(0); ++i)
    label.mutable_data_ptr<std::uint8_t>()[i] = height[i] > options.threshold + options.slope_gain * slope[i];
  return label;
}

}  // namespace treewalk::test
