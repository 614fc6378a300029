// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/raster/raster_arrays.h"

// What is done with the cells of blocks, cell by cell.
namespace treewalk {

/// The cells along one axis through blocks.
struct BlockLine {
  RasterBlocks blocks;
  int axis;  ///< 0: along x, 1: along y

  HD std::int64_t step() const { return axis == 0 ? 1 : blocks.side(); }
  HD std::int64_t place(std::int64_t cell) const {
    return cell >> (axis == 0 ? 0 : blocks.shift) & (blocks.side() - 1);
  }
  /// The block `away` blocks further along the axis, or -1.
  HD std::int64_t block(std::int64_t b, std::int64_t away) const {
    if (away >= -1 && away <= 1) return blocks.near[9 * b + 4 + (axis == 0 ? away : 3 * away)];
    const std::int64_t column = (blocks.key[b] & 0xffffffff) + (axis == 0 ? away : 0);
    const std::int64_t row = (blocks.key[b] >> 32) + (axis == 0 ? 0 : away);
    return column < 0 || row < 0 || column >> 32 != 0 ? -1 : blocks.find(RasterBlocks::key_of(column, row));
  }
  /// take(cell) for each cell of the window of 2 * radius + 1 around a cell, in their order.
  template <class Take>
  HD void window(std::int64_t cell, std::int64_t radius, const Take& take) const {
    const std::int64_t b = cell >> 2 * blocks.shift, i = place(cell), side = blocks.side();
    const std::int64_t begin = i - radius, end = i + radius + 1;
    for (std::int64_t away = begin >> blocks.shift; away * side < end; ++away) {
      const std::int64_t other = block(b, away);
      if (other < 0) continue;
      const std::int64_t from = begin > away * side ? begin - away * side : 0;
      const std::int64_t to = end < (away + 1) * side ? end - away * side : side;
      const std::int64_t first = cell + (other - b) * side * side - i * step();
      for (std::int64_t k = from; k < to; ++k) take(first + k * step());
    }
  }
};

/// item = cell: the least (or greatest) height of its window along one axis; empty cells do not count.
template <bool least>
struct BlockExtremum {
  static constexpr std::int64_t grain = 4096;
  BlockLine line;
  std::int64_t radius;
  const float* in;
  float* out;
  HD void operator()(std::int64_t item) const {
    float best = RasterFrame::kEmpty;
    const float* const from = in;
    line.window(item, radius, [&best, from](std::int64_t c) {
      const float z = from[c];
      if (least ? z < best : z != RasterFrame::kEmpty && (best == RasterFrame::kEmpty || z > best)) best = z;
    });
    out[item] = best;
  }
};

/// item = cell: the mean of its window along one axis.
struct BlockMean {
  static constexpr std::int64_t grain = 4096;
  BlockLine line;
  std::int64_t radius;
  const float* in;
  float* out;
  HD void operator()(std::int64_t item) const {
    float sum = 0;
    std::int64_t count = 0;
    const float* const from = in;
    line.window(item, radius, [&sum, &count, from](std::int64_t c) {
      sum += from[c];
      ++count;
    });
    out[item] = sum / static_cast<float>(count);
  }
};

/// The cells beside a cell: left, right, below and above it; -1 where there is none.
struct BesideCell {
  std::int64_t left, right, down, up;
  HD BesideCell(const RasterBlocks& blocks, std::int64_t c) {
    const std::int32_t last = blocks.last(), side = last + 1;
    const auto i = static_cast<std::int32_t>(c) & last, j = static_cast<std::int32_t>(c >> blocks.shift) & last;
    if (i > 0 && i < last && j > 0 && j < last) {
      left = c - 1, right = c + 1, down = c - side, up = c + side;
      return;
    }
    const std::int64_t b = c >> 2 * blocks.shift;
    left = blocks.cell(b, i - 1, j), right = blocks.cell(b, i + 1, j);
    down = blocks.cell(b, i, j - 1), up = blocks.cell(b, i, j + 1);
  }
};

/// item = cell: the length of the gradient, by central differences, one-sided where a cell beside it is missing.
struct BlockSlope {
  static constexpr std::int64_t grain = 1 << 13;
  RasterBlocks blocks;
  double size;  ///< of a cell
  const float* in;
  float* out;
  HD void operator()(std::int64_t item) const {
    const BesideCell beside(blocks, item);
    const double dx = difference(item, beside.left, beside.right), dy = difference(item, beside.down, beside.up);
    out[item] = static_cast<float>(std::sqrt(dx * dx + dy * dy));
  }
  HD double difference(std::int64_t here, std::int64_t low, std::int64_t high) const {
    const int steps = (low >= 0) + (high >= 0);
    return steps == 0 ? 0.0 : (in[high < 0 ? here : high] - in[low < 0 ? here : low]) / (steps * size);
  }
};

/// item = cell of the coarser layer, whose blocks are the same: the mean of those of its 2x2 cells that have a height.
struct PullBlocks {
  static constexpr std::int64_t grain = 4096;
  int shift;  ///< of the finer layer
  const float* in;
  float* out;
  HD void operator()(std::int64_t item) const {
    const int coarser = shift - 1;
    const std::int64_t last = (std::int64_t{1} << coarser) - 1, b = item >> 2 * coarser;
    const std::int64_t i = item & last, j = item >> coarser & last;
    const float* z = in + (b << 2 * shift) + (2 * j << shift) + 2 * i;
    float sum = 0;
    int count = 0;
    for (int y = 0; y < 2; ++y, z += std::int64_t{1} << shift)
      for (int x = 0; x < 2; ++x)
        if (z[x] != RasterFrame::kEmpty) sum += z[x], ++count;
    out[item] = count ? sum / static_cast<float>(count) : RasterFrame::kEmpty;
  }
};

/// item = block of 2x2 blocks: the mean of those that exist and have a height. One cell a block.
struct PullParents {
  static constexpr std::int64_t grain = 4096;
  const std::int32_t* child;  ///< [items,4]: row by row, -1 where there is none
  const float* in;
  float* out;
  HD void operator()(std::int64_t item) const {
    float sum = 0;
    int count = 0;
    for (int k = 0; k < 4; ++k) {
      const std::int32_t c = child[4 * item + k];
      if (c >= 0 && in[c] != RasterFrame::kEmpty) sum += in[c], ++count;
    }
    out[item] = count ? sum / static_cast<float>(count) : RasterFrame::kEmpty;
  }
};

/// A layer of the pyramid over blocks, and the filled coarser one.
struct BlockLayer {
  RasterBlocks blocks, coarser_blocks;
  const std::int32_t* parent;  ///< one cell a block: the coarser block of each; else null, as the blocks are the same
  float* value;
  const float* coarser;

  HD float from_coarser(std::int64_t c) const {
    const std::int32_t last = blocks.last();
    std::int64_t home = c >> 2 * blocks.shift;
    auto i = static_cast<std::int32_t>(c) & last, j = static_cast<std::int32_t>(c >> blocks.shift) & last;
    if (parent != nullptr) {
      i = static_cast<std::int32_t>(blocks.key[home]) & 1;
      j = static_cast<std::int32_t>(blocks.key[home] >> 32) & 1;
      home = parent[home];
    }
    return coarser_blocks.spot(home, (i + 1) / 2 - 1, (j + 1) / 2 - 1, i % 2 ? 0.25f : 0.75f, j % 2 ? 0.25f : 0.75f)
        .in(coarser);
  }
  /// The mean of those of the four neighbours of a cell that exist.
  HD float mean_of_neighbours(std::int64_t c) const {
    const BesideCell beside(blocks, c);
    float sum = 0, count = 0;
    if (beside.left >= 0) sum += value[beside.left], ++count;
    if (beside.right >= 0) sum += value[beside.right], ++count;
    if (beside.down >= 0) sum += value[beside.down], ++count;
    if (beside.up >= 0) sum += value[beside.up], ++count;
    return count > 0 ? sum / count : value[c];
  }
};

/// item = cell: an empty one gets its height from the coarser layer, and is a hole from then on.
struct PushBlocks {
  static constexpr std::int64_t grain = 4096;
  BlockLayer layer;
  bool* hole;
  HD void operator()(std::int64_t c) const {
    hole[c] = layer.value[c] == RasterFrame::kEmpty;
    if (hole[c]) layer.value[c] = layer.from_coarser(c);
  }
};

/// item = cell: one Jacobi sweep over the holes, from the layer into another one.
struct SmoothBlocks {
  static constexpr std::int64_t grain = 4096;
  BlockLayer layer;
  const bool* hole;
  float* next;
  HD void operator()(std::int64_t c) const { next[c] = hole[c] ? layer.mean_of_neighbours(c) : layer.value[c]; }
};

}  // namespace treewalk
