// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace treewalk {

/// Heights over the x-y plane: cell (i,j) covers [x + i cell, x + (i+1) cell) x [y + j cell, y + (j+1) cell) and stands
/// at value[j * width + i]. A cell without a height holds kEmpty.
struct Raster {
  static constexpr float kEmpty = std::numeric_limits<float>::infinity();
  std::int64_t width = 0, height = 0;
  double x = 0, y = 0, cell = 1;
  std::vector<float> value;

  std::int64_t size() const { return width * height; }
  /// Index of the cell that (px,py) falls into, or of the nearest at the border.
  std::int64_t index(double px, double py) const;
  /// Where a place lies among the centres of the cells; the same for all rasters of one frame.
  struct Spot {
    std::int64_t index = 0, right = 0, up = 0;  ///< of the lower left cell, and steps to its neighbours
    float a = 0, b = 0;                         ///< shares of the right and the upper neighbour
  };
  Spot spot(double px, double py) const;
  /// Bilinear between the centres of the cells, constant beyond the outermost centres. Needs a raster without holes.
  float at(const Spot& spot) const;
  float at(double px, double py) const { return at(spot(px, py)); }
  /// The same frame with every cell at `fill`.
  Raster like(float fill) const;
};

/// Lowest z of the points of every cell; the frame starts at the points' minimum. position: size rows of x, y, z.
/// The raster never has more than 64 cells a point (but 2^16 are always allowed), nor more than 2^22, nor 2^16 along a
/// side: where the extent would need more, `cell` is doubled until it fits. size >= 1.
Raster lowest_points(const float* position, std::int64_t size, double cell);

/// Gives every empty cell a height. Pull: averages of the 2x2 cells that have one, level by level up to one cell;
/// push: bilinear from the next coarser level. On each of the four finest levels `sweeps` Jacobi sweeps of the mean of
/// the four neighbours smooth what was empty. A raster with no height at all becomes 0.
void fill_holes(Raster& raster, int sweeps);

/// Grey morphology with a square window of 2 * radius + 1 cells, cut at the border, in time that does not depend on the
/// radius. Empty cells do not count; a window without any height gives an empty cell.
Raster erode(const Raster& raster, std::int64_t radius);
Raster dilate(const Raster& raster, std::int64_t radius);
Raster open(const Raster& raster, std::int64_t radius);   ///< erode, then dilate
Raster close(const Raster& raster, std::int64_t radius);  ///< dilate, then erode

/// Mean of the (2 * radius + 1)^2 window, cut at the border. Needs a raster without holes.
Raster box_mean(const Raster& raster, std::int64_t radius);

/// Length of the gradient after a 3x3 mean: central differences, one-sided at the border.
Raster slope_of(const Raster& raster);

}  // namespace treewalk
