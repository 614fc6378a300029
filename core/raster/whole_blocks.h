// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "core/device/parallel.h"
#include "core/raster/block_kernel.h"

// Bodies of block_kernel.h for whole blocks, on the CPU: to the bit what these give, without looking anything up for a
// cell, so that the compiler takes many cells at once.
namespace treewalk {

/// work(std::integral_constant of the shift): the side of a block is known to the compiler.
template <class Work>
void with_shift(int shift, const Work& work) {
  static_assert(RasterBlocks::kShift == 4, "a case for each shift above 0");
  switch (shift) {
    case 4:
      return work(std::integral_constant<int, 4>());
    case 3:
      return work(std::integral_constant<int, 3>());
    case 2:
      return work(std::integral_constant<int, 2>());
    default:
      return work(std::integral_constant<int, 1>());
  }
}

/// work(b) for each block.
template <class Work>
void for_blocks(const RasterBlocks& blocks, const Work& work) {
  constexpr std::int64_t kCells = 1 << 14;  // that a task works on
  parallel_pieces(blocks.size, std::max<std::int64_t>(kCells >> 2 * blocks.shift, 1),
                  [&](std::int64_t, std::int64_t begin, std::int64_t end) {
                    for (std::int64_t b = begin; b < end; ++b) work(b);
                  });
}

/// A block of `1 << shift` cells a side and the cells around it, row by row. What is missing around it is 0.
template <int shift>
struct FramedBlock {
  static constexpr int side = 1 << shift, wide = side + 2;
  float cell[wide * wide];  ///< cell (i,j) of the block is number (j + 1) * wide + i + 1
  bool there[9];            ///< which of the blocks around, row by row; the fifth is the block itself

  /// value: of all cells of all blocks.
  FramedBlock(const RasterBlocks& blocks, const float* value, std::int64_t b) {
    const float* from[9];
    for (int k = 0; k < 9; ++k) {
      const std::int32_t other = blocks.near[9 * b + k];
      there[k] = other >= 0;
      from[k] = there[k] ? value + (std::int64_t{other} << 2 * shift) : nullptr;
    }
    constexpr int last = side - 1;
    row(cell, from, last);
    for (int j = 0; j < side; ++j) row(cell + (j + 1) * wide, from + 3, j);
    row(cell + (side + 1) * wide, from + 6, 0);
  }
  bool has_all() const {
    return std::all_of(there, there + 9, [](bool block) { return block; });
  }
  bool has_sides() const { return there[1] && there[3] && there[5] && there[7]; }
  /// How many cells there are to the left and right of one in column i, and below and above one in row j.
  float in_row(int i) const { return static_cast<float>((i > 0 || there[3]) + (i + 1 < side || there[5])); }
  float in_column(int j) const { return static_cast<float>((j > 0 || there[1]) + (j + 1 < side || there[7])); }

 private:
  /// Row j of three blocks side by side.
  static void row(float* to, const float* const* from, int j) {
    to[0] = from[0] ? from[0][j * side + side - 1] : 0.0f;
    if (from[1])
      std::copy_n(from[1] + j * side, side, to + 1);
    else
      std::fill_n(to + 1, side, 0.0f);
    to[side + 1] = from[2] ? from[2][j * side] : 0.0f;
  }
};

/// work(c) for the cells on the border of a block.
template <int shift, class Work>
void for_border(const Work& work) {
  constexpr int side = 1 << shift;
  for (int j = 0; j < side; ++j)
    for (int i = 0; i < side; i += j == 0 || j + 1 == side ? 1 : side - 1) work(j * side + i);
}

/// to[i] = hole[i] ? filled[i] : value[i]
template <int size>
void fill_holes(const bool* hole, const float* filled, const float* value, float* to) {
  const auto* const byte = reinterpret_cast<const std::uint8_t*>(hole);
  for (int i = 0; i < size; ++i) to[i] = choose(byte[i], filled[i], value[i]);
}

/// PullBlocks: in and out are the block's.
template <int shift>
void pull_block(const float* in, float* out) {
  constexpr int side = 1 << shift, half = side / 2;
  for (int j = 0; j < half; ++j, in += 2 * side, out += half)
    for (int i = 0; i < half; ++i) {
      float sum = 0, count = 0;
      const auto add = [&](float z) {
        sum += choose(z != RasterFrame::kEmpty, z, 0);
        count += choose(z != RasterFrame::kEmpty, 1, 0);
      };
      add(in[2 * i]);
      add(in[2 * i + 1]);
      add(in[side + 2 * i]);
      add(in[side + 2 * i + 1]);
      out[i] = choose(count > 0, sum / choose(count > 0, count, 1), RasterFrame::kEmpty);
    }
}

/// PushBlocks.
template <int shift>
void push_block(const BlockLayer& layer, std::int64_t b, bool* holes) {
  constexpr int side = 1 << shift, half = side / 2, cells = side * side;
  float* const value = layer.value + b * cells;
  bool* const hole = holes + b * cells;
  bool any = false;
  for (int c = 0; c < cells; ++c) hole[c] = value[c] == RasterFrame::kEmpty;
  for (int c = 0; c < cells; ++c) any |= hole[c];
  if (!any) return;
  const FramedBlock<shift - 1> coarse(layer.coarser_blocks, layer.coarser, b);
  const auto between = [](float low, float high, float share) { return low * (1 - share) + high * share; };
  float along[(half + 2) * side];  // rows of the coarser cells, between their columns
  for (int j = 0; j < half + 2; ++j)
    for (int i = 0; i < half; ++i) {
      const float* const z = coarse.cell + j * (half + 2) + i;
      along[j * side + 2 * i] = between(z[0], z[1], 0.75f);
      along[j * side + 2 * i + 1] = between(z[1], z[2], 0.25f);
    }
  float filled[cells];
  for (int j = 0; j < side; ++j) {
    const float *const low = along + (j + 1) / 2 * side, *const high = low + side;
    const float share = j % 2 ? 0.25f : 0.75f;
    for (int i = 0; i < side; ++i) filled[j * side + i] = between(low[i], high[i], share);
  }
  fill_holes<cells>(hole, filled, value, value);
  if (!coarse.has_all())  // others stand in for what is missing
    for_border<shift>([&](int c) {
      if (hole[c]) value[c] = layer.from_coarser(b * cells + c);
    });
}

/// SmoothBlocks.
template <int shift>
void smooth_block(const BlockLayer& layer, std::int64_t b, const bool* holes, float* next) {
  constexpr int side = 1 << shift, cells = side * side;
  const FramedBlock<shift> block(layer.blocks, layer.value, b);
  float in_row[side];
  for (int i = 0; i < side; ++i) in_row[i] = block.in_row(i);
  float mean[cells];
  for (int j = 0; j < side; ++j) {
    const float* const z = block.cell + (j + 1) * block.wide + 1;
    float* const to = mean + j * side;
    for (int i = 0; i < side; ++i) to[i] = 0 + z[i - 1] + z[i + 1] + z[i - block.wide] + z[i + block.wide];
  }
  if (block.has_sides()) {
    for (int c = 0; c < cells; ++c) mean[c] *= 0.25f;
  } else {
    for (int j = 0; j < side; ++j)
      for (int i = 0; i < side; ++i) mean[j * side + i] /= in_row[i] + block.in_column(j);
  }
  fill_holes<cells>(holes + b * cells, mean, layer.value + b * cells, next + b * cells);
}

/// BlockSlope.
inline void slope_of_block(const BlockSlope& slope, std::int64_t b) {
  constexpr int shift = RasterBlocks::kShift, side = 1 << shift;
  const FramedBlock<shift> block(slope.blocks, slope.in, b);
  const std::int64_t first = b << 2 * shift;
  const double steps = 2 * slope.size;
  for (int j = 0; j < side; ++j) {
    const float* const z = block.cell + (j + 1) * block.wide + 1;
    float* const to = slope.out + first + j * side;
    for (int i = 0; i < side; ++i) {
      const double dx = (z[i + 1] - z[i - 1]) / steps, dy = (z[i + block.wide] - z[i - block.wide]) / steps;
      to[i] = static_cast<float>(std::sqrt(dx * dx + dy * dy));
    }
  }
  if (!block.has_sides()) for_border<shift>([&](int c) { slope(first + c); });
}

}  // namespace treewalk
