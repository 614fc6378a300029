// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/raster/raster_arrays.h"

namespace treewalk {

/// Heights over the x-y plane; a cell without a height holds kEmpty. Copies share their heights, which none of the
/// functions below changes: what looks like a change is a new tensor.
struct Raster : RasterFrame {
  at::Tensor value;  ///< [size()] float32, contiguous
  const float* heights() const { return value.const_data_ptr<float>(); }
  /// The same frame with other heights.
  Raster with(const at::Tensor& other) const { return {*this, other}; }
  Raster like(float fill) const;
};

/// Lowest z of the points of every cell; the frame starts at the points' minimum. position [N,3] float32, contiguous,
/// N >= 1, on any device; the host waits for the points' box.
/// The raster never has more than 64 cells a point (but 2^16 are always allowed), nor more than 2^22, nor 2^16 along a
/// side: where the extent would need more, `cell` is doubled until it fits.
Raster lowest_points(const at::Tensor& position, double cell);

/// Gives every empty cell a height. Pull: averages of the 2x2 cells that have one, level by level up to one cell;
/// push: bilinear from the next coarser level. On each of the four finest levels `sweeps` Jacobi sweeps of the mean of
/// the four neighbours smooth what was empty. A raster with no height at all becomes 0.
Raster without_holes(const Raster& raster, int sweeps);

/// Grey morphology with a square window of 2 * radius + 1 cells, cut at the border; on the CPU in time that does not
/// depend on the radius. Empty cells do not count; a window without any height gives an empty cell.
Raster erode(const Raster& raster, std::int64_t radius);
Raster dilate(const Raster& raster, std::int64_t radius);
Raster open(const Raster& raster, std::int64_t radius);   ///< erode, then dilate
Raster close(const Raster& raster, std::int64_t radius);  ///< dilate, then erode

/// Mean of the (2 * radius + 1)^2 window, cut at the border. Needs a raster without holes.
Raster box_mean(const Raster& raster, std::int64_t radius);

/// Length of the gradient after a 3x3 mean: central differences, one-sided at the border.
Raster slope_of(const Raster& raster);

}  // namespace treewalk
