// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/raster/raster_arrays.h"

namespace treewalk {

struct BlockTables;

/// Heights over the x-y plane; a cell without a height holds kEmpty. Copies share their heights, which none of the
/// functions below changes: what looks like a change is a new tensor.
struct Raster : RasterFrame {
  at::Tensor value;                                ///< [size()] float32, contiguous
  std::shared_ptr<const BlockTables> tables = {};  ///< what the frame's blocks point to
  const float* heights() const { return value.const_data_ptr<float>(); }
  /// The same frame with other heights.
  Raster with(const at::Tensor& other) const { return {*this, other, tables}; }
  Raster like(float fill) const;
};

/// Lowest z of the points of every cell. position [N,3] float32, contiguous, N >= 1, on any device; the host waits for
/// the points' box and for the keys of their blocks. The raster has the blocks of 16 x 16 cells in which points lie and
/// no others, so a few points far away cost a block each and change no other cell's size. Only where the blocks would
/// take more than 64 cells a point (64 blocks are always allowed) and 2^22, or 16 cells a point if that is more, is
/// `cell` doubled until they do not. Beyond its blocks a raster has no cells: all functions below cut their windows
/// there. Blocks lie at absolute multiples of their side, where `zero` is the absolute place of the positions' zero:
/// while `cell` is not doubled, a cell and what the functions below make of it depend on the points around it only.
Raster lowest_points(const at::Tensor& position, double cell, const std::array<double, 3>& zero);
/// The cells that it has, without making it.
std::int64_t cells_over(const at::Tensor& position, double cell, const std::array<double, 3>& zero);

/// Gives every empty cell a height. Pull: averages of the 2x2 cells that have one, level by level up to one cell;
/// push: bilinear from the next coarser level. On each of the four finest levels `sweeps` Jacobi sweeps of the mean of
/// the four neighbours smooth what was empty. A raster with no height at all becomes 0. Levels of more than 16 x 16
/// cells have a cell for each of their squares that holds a block: the work is that of the blocks, and a hole takes the
/// height of what is nearest in that pyramid, however far it lies. otherwise: the pyramid ends with squares of 128 x
/// 128 cells, kHolesReach, and those without any height take that of this raster, which has no holes.
Raster without_holes(const Raster& raster, int sweeps, const Raster* otherwise = nullptr);
/// Cells beyond which nothing then has a part in a hole's height: bilinear between squares of 128, which pull what they
/// hold, and sweeps.
constexpr int kHolesReach = 2 * 128 + 64;

/// Grey morphology with a square window of 2 * radius + 1 cells, cut at the border; on the CPU in time that does not
/// depend on the radius. The extremum is taken along x, and then of these along y.
/// Empty cells do not count; a window without any height gives an empty cell.
Raster erode(const Raster& raster, std::int64_t radius);
Raster dilate(const Raster& raster, std::int64_t radius);
Raster open(const Raster& raster, std::int64_t radius);   ///< erode, then dilate
Raster close(const Raster& raster, std::int64_t radius);  ///< dilate, then erode

/// Mean along y of means along x, each of 2 * radius + 1 cells, cut at the border. Needs a raster without holes.
Raster box_mean(const Raster& raster, std::int64_t radius);

/// Length of the gradient after a 3x3 mean: central differences, one-sided at the border.
Raster slope_of(const Raster& raster);

/// The heights of 1 to 16 rasters of one frame as [size(), stride] float32: those of a cell side by side, in the order
/// of the rasters, then zeros. Who reads many rasters at one place finds them in one line of memory.
at::Tensor side_by_side(const std::vector<Raster>& rasters, int stride);

}  // namespace treewalk
