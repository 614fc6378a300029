// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/raster/raster.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/scatter_reduce.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/geometry/bounds.h"
#include "core/raster/raster_kernel.h"
#include "core/raster/sparse_raster.h"

namespace treewalk {
namespace {

// A point's share of all rasters of "ground" is so a few kilobytes.
constexpr std::int64_t kMostCells = 1 << 22, kCellsPerPoint = 64;
constexpr std::int64_t kFreeBlocks = 64, kCellsPerPointOfMany = 16;
constexpr double kLongestSideOfBlocks = 1ll << (30 + RasterBlocks::kShift);  // a block has 32 bits for its row

/// So many blocks a raster may have: their cells take the work, few points or many.
std::int64_t most_blocks(std::int64_t points) {
  const std::int64_t cells = std::max(std::min(kCellsPerPoint * points, kMostCells), kCellsPerPointOfMany * points);
  return std::max(kFreeBlocks, cells >> 2 * RasterBlocks::kShift);
}

/// Where cells lie, and the keys of the blocks that hold points.
struct BlockFrame {
  RasterFrame frame;
  std::vector<std::int64_t> block;
};
BlockFrame frame_over(const at::Tensor& position, double cell, const std::array<double, 3>& zero) {
  constexpr double kAligned = 128;  // cells: blocks, and squares of the pyramid over them
  const Bounds box = bounds_of_points(position);
  for (;; cell *= 2) {
    double corner[2], cells[2];
    for (int a = 0; a < 2; ++a) {
      corner[a] = std::floor((box.lower[a] + zero[a]) / (kAligned * cell)) * (kAligned * cell) - zero[a];
      cells[a] = std::floor((box.upper[a] - corner[a]) / cell) + 1;
    }
    if (std::max(cells[0], cells[1]) > kLongestSideOfBlocks) continue;
    const RasterFrame frame{static_cast<std::int64_t>(cells[0]), static_cast<std::int64_t>(cells[1]), corner[0],
                            corner[1], cell};
    auto blocks = blocks_of_points(position, frame);
    if (static_cast<std::int64_t>(blocks.size()) <= most_blocks(position.size(0))) return {frame, std::move(blocks)};
  }
}

}  // namespace

Raster Raster::like(float fill) const { return with(at::full({size()}, fill, value.options())); }

Raster lowest_points(const at::Tensor& position, double cell, const std::array<double, 3>& zero) {
  auto [frame, block] = frame_over(position, cell, zero);
  Raster raster = in_blocks(frame, block_tables(std::move(block), position.device()));
  const std::int64_t size = position.size(0);
  raster.value = at::full({raster.size()}, RasterFrame::kEmpty, position.options());
  const float* p = in(position);
  if (position.is_cpu()) {
    float* value = out(raster.value);
    for (std::int64_t i = 0; i < size; ++i) {
      float& z = value[raster.index(p[3 * i], p[3 * i + 1])];
      z = std::min(z, p[3 * i + 2]);
    }
    return raster;
  }
  const at::Tensor index = at::empty({size}, position.options().dtype(at::kLong));
  parallel_for(position.device(), size, CellOfPoint{raster, p, out(index)});
  raster.value = raster.value.scatter_reduce(0, index, position.select(1, 2), "amin");
  return raster;
}

std::int64_t cells_over(const at::Tensor& position, double cell, const std::array<double, 3>& zero) {
  return static_cast<std::int64_t>(frame_over(position, cell, zero).block.size()) << 2 * RasterBlocks::kShift;
}

at::Tensor side_by_side(const std::vector<Raster>& rasters, int stride) {
  const Raster& first = rasters.front();
  const at::Tensor heights = at::empty({first.size(), stride}, first.value.options());
  SideBySide body{{}, static_cast<int>(rasters.size()), stride, out(heights)};
  std::transform(rasters.begin(), rasters.end(), body.heights, [](const Raster& raster) { return raster.heights(); });
  parallel_for(heights.device(), first.size(), body);
  return heights;
}

Raster erode(const Raster& raster, std::int64_t radius) {
  return radius > 0 ? raster.with(least_in_blocks(raster, radius)) : raster;
}

Raster dilate(const Raster& raster, std::int64_t radius) {
  return radius > 0 ? raster.with(greatest_in_blocks(raster, radius)) : raster;
}

Raster open(const Raster& raster, std::int64_t radius) { return dilate(erode(raster, radius), radius); }
Raster close(const Raster& raster, std::int64_t radius) { return erode(dilate(raster, radius), radius); }

Raster box_mean(const Raster& raster, std::int64_t radius) { return raster.with(means_in_blocks(raster, radius)); }

Raster slope_of(const Raster& raster) { return raster.with(slopes_in_blocks(box_mean(raster, 1))); }

Raster without_holes(const Raster& raster, int sweeps, const Raster* otherwise) {
  return raster.with(blocks_without_holes(raster, sweeps, otherwise));
}

}  // namespace treewalk
