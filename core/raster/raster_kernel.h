// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/raster/raster_arrays.h"

namespace treewalk {

/// A raster in one array has at most 2^22 cells, and short numbers are divided several times faster than long ones.
HD inline std::int32_t short_quotient(std::int64_t a, std::int64_t b) {
  return static_cast<std::int32_t>(a) / static_cast<std::int32_t>(b);
}

/// item = point: the cell that it falls into.
struct CellOfPoint {
  static constexpr std::int64_t grain = 8192;
  RasterFrame frame;
  const float* position;  ///< [N,3]
  std::int64_t* cell;
  HD void operator()(std::int64_t i) const { cell[i] = frame.index(position[3 * i], position[3 * i + 1]); }
};

/// item = point: the key of the block of cells that it falls into.
struct BlockOfPoint {
  static constexpr std::int64_t grain = 8192;
  RasterFrame frame;
  const float* position;  ///< [N,3]
  std::int64_t* key;
  HD void operator()(std::int64_t i) const { key[i] = of(position + 3 * i); }
  HD std::int64_t of(const float* point) const {
    const RasterPlace at = frame.place(point[0], point[1]);
    return RasterBlocks::key_of(at.column >> RasterBlocks::kShift, at.row >> RasterBlocks::kShift);
  }
};

/// The part of a line, of which it is item's turn, that a window of 2 * radius + 1 covers; lines are `along` apart.
struct Window {
  std::int64_t begin, end;  ///< indices of cells, `along` apart; end is past the last
  HD Window(std::int64_t item, std::int64_t n, std::int64_t along, std::int64_t radius) {
    const std::int64_t i = short_quotient(item, along) % static_cast<std::int32_t>(n), start = item - i * along;
    begin = start + (i > radius ? i - radius : 0) * along;
    end = start + (i + radius < n ? i + radius + 1 : n) * along;
  }
};

/// item = cell: the least (or greatest) height of its window along one axis; empty cells do not count.
template <bool least>
struct WindowExtremum {
  static constexpr std::int64_t grain = 4096;
  std::int64_t n, along, radius;  ///< cells of a line, and from one to the next
  const float* in;
  float* out;
  HD void operator()(std::int64_t item) const {
    const Window window(item, n, along, radius);
    float best = RasterFrame::kEmpty;
    for (std::int64_t c = window.begin; c < window.end; c += along) {
      const float z = in[c];
      if (least ? z < best : z != RasterFrame::kEmpty && (best == RasterFrame::kEmpty || z > best)) best = z;
    }
    out[item] = best;
  }
};

/// item = cell: the mean of its window along one axis.
struct WindowMean {
  static constexpr std::int64_t grain = 4096;
  std::int64_t n, along, radius;
  const float* in;
  float* out;
  HD void operator()(std::int64_t item) const {
    const Window window(item, n, along, radius);
    float sum = 0;
    for (std::int64_t c = window.begin; c < window.end; c += along) sum += in[c];
    out[item] = sum / static_cast<float>((window.end - window.begin) / along);
  }
};

/// item = cell: the length of the gradient, by central differences, one-sided at the border.
struct SlopeOfCell {
  static constexpr std::int64_t grain = 1 << 14;
  RasterFrame frame;
  const float* in;
  float* out;
  HD void operator()(std::int64_t item) const {
    const std::int64_t w = frame.width, j = short_quotient(item, w), i = item - j * w;
    const int left = i > 0, right = i + 1 < w, down = j > 0, up = j + 1 < frame.height;
    const double dx = difference(item - left, item + right, left + right);
    const double dy = difference(item - down * w, item + up * w, down + up);
    out[item] = static_cast<float>(std::sqrt(dx * dx + dy * dy));
  }
  HD double difference(std::int64_t low, std::int64_t high, int steps) const {
    return steps == 0 ? 0.0 : (in[high] - in[low]) / (static_cast<double>(steps) * frame.cell);
  }
};

/// item = cell of the coarser layer: the mean of those of its 2x2 cells that have a height.
struct PullHeights {
  static constexpr std::int64_t grain = 4096;
  std::int64_t width, height;  ///< of the finer layer
  const float* in;
  std::int64_t out_width;
  float* out;
  HD void operator()(std::int64_t item) const {
    const std::int64_t j = short_quotient(item, out_width);
    const std::int64_t i = item - j * out_width;
    float sum = 0;
    int count = 0;
    for (std::int64_t y = 2 * j; y < 2 * j + 2 && y < height; ++y)
      for (std::int64_t x = 2 * i; x < 2 * i + 2 && x < width; ++x) {
        const float z = in[y * width + x];
        if (z != RasterFrame::kEmpty) sum += z, ++count;
      }
    out[item] = count ? sum / static_cast<float>(count) : RasterFrame::kEmpty;
  }
};

/// A layer of the pyramid that fill_holes builds, and the filled coarser one.
struct LayerArrays {
  std::int64_t width, height;
  float* value;
  std::int64_t coarser_width, coarser_height;
  const float* coarser;

  HD float from_coarser(std::int64_t c) const {
    const std::int64_t j = short_quotient(c, width);
    const std::int64_t i = c - j * width;
    return RasterFrame::spot_of(coarser_width, coarser_height, 0.5 * i - 0.25, 0.5 * j - 0.25).in(coarser);
  }
  /// The mean of those of the four neighbours of a cell that exist.
  HD float mean_of_neighbours(std::int64_t c) const {
    const std::int64_t j = short_quotient(c, width);
    const std::int64_t i = c - j * width;
    float sum = 0, count = 0;
    if (i > 0) sum += value[c - 1], ++count;
    if (i + 1 < width) sum += value[c + 1], ++count;
    if (j > 0) sum += value[c - width], ++count;
    if (j + 1 < height) sum += value[c + width], ++count;
    return count > 0 ? sum / count : value[c];
  }
};

/// item = cell: an empty one gets its height from the coarser layer, and is a hole from then on.
struct PushHeights {
  static constexpr std::int64_t grain = 4096;
  LayerArrays layer;
  bool* hole;
  HD void operator()(std::int64_t c) const {
    hole[c] = layer.value[c] == RasterFrame::kEmpty;
    if (hole[c]) layer.value[c] = layer.from_coarser(c);
  }
};

/// item = cell: one Jacobi sweep over the holes, from the layer into another one.
struct SmoothHoles {
  static constexpr std::int64_t grain = 4096;
  LayerArrays layer;
  const bool* hole;
  float* next;
  HD void operator()(std::int64_t c) const { next[c] = hole[c] ? layer.mean_of_neighbours(c) : layer.value[c]; }
};

/// item = cell: max(excess, before - after - allowed).
struct RaiseExcess {
  static constexpr std::int64_t grain = 1 << 14;
  const float *excess, *before, *after;
  float allowed;
  float* raised;
  HD void operator()(std::int64_t c) const {
    const float here = before[c] - after[c] - allowed;
    raised[c] = here > excess[c] ? here : excess[c];
  }
};

/// item = cell: its height where it is valid and without excess, else empty.
struct KeepGround {
  static constexpr std::int64_t grain = 1 << 14;
  const float *low, *excess;
  const std::uint8_t* valid;  ///< 0 or 1
  float* ground;
  HD void operator()(std::int64_t c) const {
    ground[c] = choose(valid[c] & !(excess[c] > 0), low[c], RasterFrame::kEmpty);
  }
};

}  // namespace treewalk
