// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace treewalk::test {

/// Heights over the x-y plane in one array over a rectangle, cell (i,j) at j * width + i: what core/raster does in
/// blocks, cell by cell and in the plainest way. Where blocks fill a rectangle they have the same bits.
struct ArrayRaster {
  static constexpr float kEmpty = std::numeric_limits<float>::infinity();
  std::int64_t width = 0, height = 0;
  double x = 0, y = 0, cell = 1;
  std::vector<float> value;

  float at(std::int64_t i, std::int64_t j) const { return value[j * width + i]; }
  ArrayRaster with(std::vector<float> other) const { return {width, height, x, y, cell, std::move(other)}; }
  /// height(i, j) for every cell.
  template <class Height>
  ArrayRaster made_of(const Height& height_of) const {
    std::vector<float> made;
    made.reserve(value.size());
    for (std::int64_t j = 0; j < height; ++j)
      for (std::int64_t i = 0; i < width; ++i) made.push_back(height_of(i, j));
    return with(std::move(made));
  }
  /// Bilinear between the centres of the cells, constant beyond the outermost ones; in cells from the first centre.
  float between(double u, double v) const {
    u = std::clamp(u, 0.0, static_cast<double>(width - 1));
    v = std::clamp(v, 0.0, static_cast<double>(height - 1));
    const auto i = static_cast<std::int64_t>(u), j = static_cast<std::int64_t>(v);
    const auto right = std::min(i + 1, width - 1), up = std::min(j + 1, height - 1);
    const auto a = static_cast<float>(u - static_cast<double>(i)), b = static_cast<float>(v - static_cast<double>(j));
    return (at(i, j) * (1 - a) + at(right, j) * a) * (1 - b) + (at(i, up) * (1 - a) + at(right, up) * a) * b;
  }
  float over(double px, double py) const { return between((px - x) / cell - 0.5, (py - y) / cell - 0.5); }
};

/// The lowest of points x y z in each cell; the first cell begins at their minimum. At least one point.
inline ArrayRaster lowest_of(const float* points, std::int64_t size, double cell) {
  double low[2], high[2];
  for (int a = 0; a < 2; ++a) {
    low[a] = high[a] = points[a];
    for (std::int64_t i = 1; i < size; ++i) {
      low[a] = std::min<double>(low[a], points[3 * i + a]);
      high[a] = std::max<double>(high[a], points[3 * i + a]);
    }
  }
  const auto cells = [&](int a) { return static_cast<std::int64_t>(std::floor((high[a] - low[a]) / cell)) + 1; };
  ArrayRaster raster{cells(0), cells(1), low[0], low[1], cell, {}};
  raster.value.assign(raster.width * raster.height, ArrayRaster::kEmpty);
  for (std::int64_t p = 0; p < size; ++p, points += 3) {
    const auto i = static_cast<std::int64_t>((points[0] - low[0]) / cell);
    const auto j = static_cast<std::int64_t>((points[1] - low[1]) / cell);
    float& z = raster.value[j * raster.width + i];
    z = std::min(z, points[2]);
  }
  return raster;
}

/// pick(first, second) over the heights of each window along x, then of these along y; empty cells do not count.
template <class Pick>
ArrayRaster picked(const ArrayRaster& raster, std::int64_t radius, const Pick& pick) {
  const auto along = [&](const ArrayRaster& from, bool in_x) {
    return from.made_of([&](std::int64_t i, std::int64_t j) {
      const std::int64_t here = in_x ? i : j, last = (in_x ? from.width : from.height) - 1;
      float best = ArrayRaster::kEmpty;
      for (auto k = std::max<std::int64_t>(0, here - radius); k <= std::min(last, here + radius); ++k) {
        const float z = in_x ? from.at(k, j) : from.at(i, k);
        if (z != ArrayRaster::kEmpty) best = best == ArrayRaster::kEmpty ? z : pick(best, z);
      }
      return best;
    });
  };
  return along(along(raster, true), false);
}
inline ArrayRaster erode(const ArrayRaster& raster, std::int64_t radius) {
  return picked(raster, radius, [](float a, float b) { return std::min(a, b); });
}
inline ArrayRaster dilate(const ArrayRaster& raster, std::int64_t radius) {
  return picked(raster, radius, [](float a, float b) { return std::max(a, b); });
}
inline ArrayRaster open(const ArrayRaster& raster, std::int64_t radius) {
  return dilate(erode(raster, radius), radius);
}
inline ArrayRaster close(const ArrayRaster& raster, std::int64_t radius) {
  return erode(dilate(raster, radius), radius);
}

/// Mean along y of means along x.
inline ArrayRaster box_mean(const ArrayRaster& raster, std::int64_t radius) {
  const auto along = [&](const ArrayRaster& from, bool in_x) {
    return from.made_of([&](std::int64_t i, std::int64_t j) {
      const std::int64_t here = in_x ? i : j, last = (in_x ? from.width : from.height) - 1;
      const auto begin = std::max<std::int64_t>(0, here - radius), end = std::min(last, here + radius) + 1;
      float sum = 0;
      for (auto k = begin; k < end; ++k) sum += in_x ? from.at(k, j) : from.at(i, k);
      return sum / static_cast<float>(end - begin);
    });
  };
  return along(along(raster, true), false);
}

/// Length of the gradient after a 3x3 mean: central differences, one-sided at the border.
inline ArrayRaster slope_of(const ArrayRaster& raster) {
  const ArrayRaster smooth = box_mean(raster, 1);
  const auto difference = [&](float low, float high, int steps) {
    return steps == 0 ? 0.0 : (high - low) / (static_cast<double>(steps) * raster.cell);
  };
  return raster.made_of([&](std::int64_t i, std::int64_t j) {
    const int left = i > 0, right = i + 1 < raster.width, down = j > 0, up = j + 1 < raster.height;
    const double dx = difference(smooth.at(i - left, j), smooth.at(i + right, j), left + right);
    const double dy = difference(smooth.at(i, j - down), smooth.at(i, j + up), down + up);
    return static_cast<float>(std::sqrt(dx * dx + dy * dy));
  });
}

/// Means of the 2x2 cells that have a height, level by level up to one cell; empty cells from the filled coarser level,
/// and on the four finest levels so many sweeps of the mean of the four neighbours over them. No height at all: 0.
inline ArrayRaster without_holes(const ArrayRaster& raster, int sweeps, int level = 0) {
  if (raster.width * raster.height == 1)
    return raster.with({raster.value[0] == ArrayRaster::kEmpty ? 0 : raster.value[0]});
  ArrayRaster coarser{(raster.width + 1) / 2, (raster.height + 1) / 2, 0, 0, 1, {}};
  coarser.value.resize(coarser.width * coarser.height);
  coarser = coarser.made_of([&](std::int64_t i, std::int64_t j) {
    float sum = 0;
    int count = 0;
    for (auto y = 2 * j; y < std::min(2 * j + 2, raster.height); ++y)
      for (auto x = 2 * i; x < std::min(2 * i + 2, raster.width); ++x)
        if (raster.at(x, y) != ArrayRaster::kEmpty) sum += raster.at(x, y), ++count;
    return count > 0 ? sum / static_cast<float>(count) : ArrayRaster::kEmpty;
  });
  coarser = without_holes(coarser, sweeps, level + 1);
  const auto hole = [&](std::int64_t i, std::int64_t j) { return raster.at(i, j) == ArrayRaster::kEmpty; };
  ArrayRaster filled = raster.made_of([&](std::int64_t i, std::int64_t j) {
    return hole(i, j) ? coarser.between(0.5 * static_cast<double>(i) - 0.25, 0.5 * static_cast<double>(j) - 0.25)
                      : raster.at(i, j);
  });
  for (int s = 0; s < (level < 4 ? sweeps : 0); ++s)
    filled = filled.made_of([&](std::int64_t i, std::int64_t j) {
      if (!hole(i, j)) return filled.at(i, j);
      float sum = 0, count = 0;
      if (i > 0) sum += filled.at(i - 1, j), ++count;
      if (i + 1 < raster.width) sum += filled.at(i + 1, j), ++count;
      if (j > 0) sum += filled.at(i, j - 1), ++count;
      if (j + 1 < raster.height) sum += filled.at(i, j + 1), ++count;
      return sum / count;
    });
  return filled;
}

}  // namespace treewalk::test
