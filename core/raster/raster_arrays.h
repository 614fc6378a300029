// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/device/portable.h"

namespace treewalk {

/// Where the cells of a raster lie over the x-y plane: cell (i,j) covers [x + i cell, x + (i+1) cell) x
/// [y + j cell, y + (j+1) cell) and is number j * width + i.
struct RasterFrame {
  static constexpr float kEmpty = std::numeric_limits<float>::infinity();
  std::int64_t width = 0, height = 0;
  double x = 0, y = 0, cell = 1;

  HD std::int64_t size() const { return width * height; }
  /// Index of the cell that (px,py) falls into, or of the nearest at the border.
  HD std::int64_t index(double px, double py) const {
    const double i = std::clamp(std::floor((px - x) / cell), 0.0, static_cast<double>(width - 1));
    const double j = std::clamp(std::floor((py - y) / cell), 0.0, static_cast<double>(height - 1));
    return static_cast<std::int64_t>(j) * width + static_cast<std::int64_t>(i);
  }
  /// Where a place lies among the centres of the cells; the same for all rasters of one frame.
  struct Spot {
    std::int64_t index = 0, right = 0, up = 0;  ///< of the lower left cell, and steps to its neighbours
    float a = 0, b = 0;                         ///< shares of the right and the upper neighbour
    /// Bilinear between the centres of the cells, constant beyond the outermost centres. The raster has no holes.
    HD float in(const float* value) const {
      const float* z = value + index;
      return (z[0] * (1 - a) + z[right] * a) * (1 - b) + (z[up] * (1 - a) + z[up + right] * a) * b;
    }
  };
  HD Spot spot(double px, double py) const {
    return spot_of(width, height, (px - x) / cell - 0.5, (py - y) / cell - 0.5);
  }
  /// u and v count in cells from the centre of the first one.
  HD static Spot spot_of(std::int64_t width, std::int64_t height, double u, double v) {
    u = std::clamp(u, 0.0, static_cast<double>(width - 1));
    v = std::clamp(v, 0.0, static_cast<double>(height - 1));
    const auto i = static_cast<std::int64_t>(u), j = static_cast<std::int64_t>(v);
    return {j * width + i, i + 1 < width ? 1 : 0, j + 1 < height ? width : 0, static_cast<float>(u - i),
            static_cast<float>(v - j)};
  }
};

}  // namespace treewalk
