// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/device/portable.h"

namespace treewalk {

/// chosen (0 or 1) ? one : other, by bits: a compiler for CPUs takes a loop with branches cell by cell, and which cells
/// are empty no CPU can foresee.
HD inline float choose(std::uint8_t chosen, float one, float other) {
  const std::uint32_t mask = 0u - std::uint32_t{chosen};
  return float_of_bits((bits_of(one) & mask) | (bits_of(other) & ~mask));
}

/// Where a place lies among the centres of the cells; the same for all rasters of one frame.
struct RasterSpot {
  std::int64_t index = 0, right = 0, up = 0, across = 0;  ///< of the lower left cell, and steps to its neighbours
  float a = 0, b = 0;                                     ///< shares of the right and the upper neighbour
  /// Bilinear between the centres of the cells, constant beyond the outermost centres. The raster has no holes.
  HD float in(const float* value) const {
    const float* z = value + index;
    return (z[0] * (1 - a) + z[right] * a) * (1 - b) + (z[up] * (1 - a) + z[across] * a) * b;
  }
  /// The same in n rasters at once, whose heights of a cell lie side by side (side_by_side), a cell `stride` floats.
  template <int n>
  HD void in(const float* heights, std::int64_t stride, float (&to)[n]) const {
    const float *here = heights + index * stride, *beside = here + right * stride, *above = here + up * stride,
                *opposite = here + across * stride;
    UNROLL
    for (int k = 0; k < n; ++k)
      to[k] = (here[k] * (1 - a) + beside[k] * a) * (1 - b) + (above[k] * (1 - a) + opposite[k] * a) * b;
  }
};

/// The blocks of a raster: squares of cells, each of them `1 << shift` cells a side, that lie on a grid of
/// blocks. Cell (i,j) of block b, counted from the block's corner, is number (b << 2 shift) + (j << shift) + i.
struct RasterBlocks {
  static constexpr int kShift = 4;
  std::int64_t size = 0;
  const std::int64_t* key = nullptr;   ///< [size], ascending: row << 32 | column of the block
  const std::int32_t* near = nullptr;  ///< [size,9]: the blocks around, row by row; -1 where there is none
  int shift = kShift;

  HD std::int64_t side() const { return std::int64_t{1} << shift; }
  /// The last place along a side. Places are short numbers, which take half the registers of long ones.
  HD std::int32_t last() const { return (1 << shift) - 1; }
  HD std::int64_t cells() const { return size << 2 * shift; }
  HD static std::int64_t key_of(std::int64_t column, std::int64_t row) { return row << 32 | column; }
  /// The block with that key, or -1.
  HD std::int64_t find(std::int64_t wanted) const {
    std::int64_t first = 0, count = size;
    while (count > 0) {
      const std::int64_t half = count / 2;
      if (key[first + half] < wanted) {
        first += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    return first < size && key[first] == wanted ? first : -1;
  }
  /// The cell (i,j), counted from the corner of block b and at most one block beyond it, or -1 where there is none.
  HD std::int64_t cell(std::int64_t b, std::int32_t i, std::int32_t j) const {
    const std::int32_t other = near[9 * b + (3 * ((j >> shift) + 1) + (i >> shift) + 1)];
    return other < 0 ? -1 : (std::int64_t{other} << 2 * shift) + (((j & last()) << shift) + (i & last()));
  }
  /// Between the cells (i,j) and (i+1,j+1), counted from block b, one of which lies in it. Where cells are missing,
  /// their neighbours in x stand in for them, or in y where whole rows are missing.
  HD RasterSpot spot(std::int64_t b, std::int32_t i, std::int32_t j, float right, float up) const {
    if (i >= 0 && j >= 0 && i < last() && j < last())  // all four in the block
      return {(b << 2 * shift) + (std::int64_t{j} << shift) + i, 1, side(), side() + 1, right, up};
    std::int64_t low_left = cell(b, i, j), low_right = cell(b, i + 1, j);
    std::int64_t up_left = cell(b, i, j + 1), up_right = cell(b, i + 1, j + 1);
    if ((low_left < 0 && up_left < 0) || (low_right < 0 && up_right < 0)) right = 0;
    if (low_left < 0) low_left = low_right;
    if (low_right < 0) low_right = low_left;
    if (up_left < 0) up_left = up_right;
    if (up_right < 0) up_right = up_left;
    if (low_left < 0 || up_left < 0) up = 0;
    if (low_left < 0) low_left = up_left, low_right = up_right;
    if (up_left < 0) up_left = low_left, up_right = low_right;
    return {low_left, low_right - low_left, up_left - low_left, up_right - low_left, right, up};
  }
};

/// A cell of a raster.
struct RasterPlace {
  std::int64_t column, row;
};

/// Where the cells of a raster lie over the x-y plane: cell (i,j) covers [x + i cell, x + (i+1) cell) x
/// [y + j cell, y + (j+1) cell). Cell (0,0) is the corner of the block in row 0 and column 0.
struct RasterFrame {
  static constexpr float kEmpty = std::numeric_limits<float>::infinity();
  std::int64_t width = 0, height = 0;
  double x = 0, y = 0, cell = 1;
  RasterBlocks blocks = {};

  HD std::int64_t size() const { return blocks.cells(); }
  /// The column and row of the cell that (px,py) falls into, or of the nearest at the border.
  HD RasterPlace place(double px, double py) const {
    const double i = std::clamp(std::floor((px - x) / cell), 0.0, static_cast<double>(width - 1));
    const double j = std::clamp(std::floor((py - y) / cell), 0.0, static_cast<double>(height - 1));
    return {static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)};
  }
  /// A place that lies in a block, the block that it lies in, and where between the centres of cells it lies.
  struct Found {
    RasterPlace at;
    std::int64_t block;
    int left, low;  ///< whether it lies before the middle of its cell
    float a, b;     ///< shares of the right and the upper neighbour
  };
  HD Found find(double px, double py) const {
    const double u = (px - x) / cell, v = (py - y) / cell;
    const RasterPlace at = place(px, py);
    const int left = u < at.column + 0.5, low = v < at.row + 0.5;
    // The shares come before the search for the block, or a device would keep doubles in registers meanwhile.
    const auto a = static_cast<float>(u - 0.5 - (at.column - left)), b = static_cast<float>(v - 0.5 - (at.row - low));
    return {at, block_of(at), left, low, a, b};
  }
  /// The number of the cell of such a place.
  HD std::int64_t index(const Found& found) const {
    const std::int32_t last = blocks.last();
    return (found.block << 2 * blocks.shift) + ((found.at.row & last) << blocks.shift) + (found.at.column & last);
  }
  HD std::int64_t index(double px, double py) const {
    const RasterPlace at = place(px, py);
    return index(Found{at, block_of(at), 0, 0, 0, 0});
  }
  HD RasterSpot spot(const Found& found) const {
    return blocks.spot(found.block, (static_cast<std::int32_t>(found.at.column) & blocks.last()) - found.left,
                       (static_cast<std::int32_t>(found.at.row) & blocks.last()) - found.low, found.a, found.b);
  }
  HD RasterSpot spot(double px, double py) const { return spot(find(px, py)); }

 private:
  HD std::int64_t block_of(const RasterPlace& at) const {
    const std::int64_t b = blocks.find(RasterBlocks::key_of(at.column >> blocks.shift, at.row >> blocks.shift));
    return b < 0 ? 0 : b;
  }
};

}  // namespace treewalk
