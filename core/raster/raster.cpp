// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/raster/raster.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
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

// Of a raster in one array, and of one in blocks. A point's share of all rasters of "ground" is so a few kilobytes.
constexpr std::int64_t kMostCells = 1 << 22, kFreeCells = 1 << 16, kCellsPerPoint = 64;
constexpr double kLongestSide = 1 << 16;
constexpr std::int64_t kFreeBlocks = 64, kCellsPerPointOfMany = 16;
constexpr double kLongestSideOfBlocks = 1ll << (30 + RasterBlocks::kShift);  // a block has 32 bits for its row
constexpr std::int64_t kTask = 1 << 16;  // cells that a task works on: less is not worth waking a thread

template <class Work>
void for_rows(const RasterFrame& frame, const Work& work) {
  parallel_pieces(frame.height, std::max(kTask / frame.width, std::int64_t{1}),
                  [&](std::int64_t, std::int64_t begin, std::int64_t end) { work(begin, end); });
}

/// So many blocks a raster may have: their cells take the work, few points or many.
std::int64_t most_blocks(std::int64_t points) {
  const std::int64_t cells = std::max(std::min(kCellsPerPoint * points, kMostCells), kCellsPerPointOfMany * points);
  return std::max(kFreeBlocks, cells >> 2 * RasterBlocks::kShift);
}

/// The raster without heights in blocks at absolute multiples.
Raster anchored_frame(const at::Tensor& position, double cell, const std::array<double, 3>& zero) {
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
    if (static_cast<std::int64_t>(blocks.size()) <= most_blocks(position.size(0)))
      return in_blocks(frame, block_tables(std::move(blocks), position.device()));
  }
}

/// The raster without heights.
Raster frame_of(const at::Tensor& position, double cell) {
  const Bounds box = bounds_of_points(position);
  const auto most = static_cast<double>(std::clamp(kCellsPerPoint * position.size(0), kFreeCells, kMostCells));
  const double extent[2] = {box.upper[0] - box.lower[0], box.upper[1] - box.lower[1]};
  const auto cells = [&](int a) { return std::floor(extent[a] / cell) + 1; };
  while (std::max(cells(0), cells(1)) > kLongestSideOfBlocks) cell *= 2;
  std::vector<std::int64_t> blocks;
  for (;; cell *= 2) {
    const RasterFrame frame{static_cast<std::int64_t>(cells(0)), static_cast<std::int64_t>(cells(1)), box.lower[0],
                            box.lower[1], cell};
    if (cells(0) * cells(1) <= most && std::max(cells(0), cells(1)) <= kLongestSide) return {frame, {}, {}};
    blocks = blocks.empty() ? blocks_of_points(position, frame) : parents_of_blocks(blocks);
    if (static_cast<std::int64_t>(blocks.size()) <= most_blocks(position.size(0)))
      return in_blocks(frame, block_tables(std::move(blocks), position.device()));
  }
}

// On the CPU whole rows are added up, not column by column.
void box_mean_on_cpu(const Raster& raster, std::int64_t radius, float* rows, float* result) {
  const std::int64_t w = raster.width, h = raster.height;
  const float* value = raster.heights();
  for_rows(raster, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t j = begin; j < end; ++j)
      for (std::int64_t i = 0; i < w; ++i) {
        const std::int64_t a = std::max<std::int64_t>(0, i - radius), b = std::min(w - 1, i + radius);
        float sum = 0;
        for (std::int64_t k = a; k <= b; ++k) sum += value[j * w + k];
        rows[j * w + i] = sum / static_cast<float>(b - a + 1);
      }
  });
  for_rows(raster, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t j = begin; j < end; ++j) {
      const std::int64_t a = std::max<std::int64_t>(0, j - radius), b = std::min(h - 1, j + radius);
      float* to = result + j * w;
      std::fill(to, to + w, 0.0f);
      for (std::int64_t k = a; k <= b; ++k)
        for (std::int64_t i = 0; i < w; ++i) to[i] += rows[k * w + i];
      for (std::int64_t i = 0; i < w; ++i) to[i] /= static_cast<float>(b - a + 1);
    }
  });
}

Raster with_lowest(Raster raster, const at::Tensor& position) {
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

}  // namespace

Raster Raster::like(float fill) const { return with(at::full({size()}, fill, value.options())); }

Raster lowest_points(const at::Tensor& position, double cell) {
  return with_lowest(frame_of(position, cell), position);
}

Raster lowest_points(const at::Tensor& position, double cell, const std::array<double, 3>& zero) {
  return with_lowest(anchored_frame(position, cell, zero), position);
}

std::int64_t cells_over(const at::Tensor& position, double cell, const std::array<double, 3>& zero) {
  return anchored_frame(position, cell, zero).size();
}

Raster box_mean(const Raster& raster, std::int64_t radius) {
  if (raster.sparse()) return raster.with(means_in_blocks(raster, radius));
  const at::Tensor rows = at::empty_like(raster.value), result = at::empty_like(raster.value);
  float *between = out(rows), *to = out(result);
  if (raster.value.is_cpu()) {
    box_mean_on_cpu(raster, radius, between, to);
  } else {
    const auto device = raster.value.device();
    parallel_for(device, raster.size(), WindowMean{raster.width, 1, radius, raster.heights(), between});
    parallel_for(device, raster.size(), WindowMean{raster.height, raster.width, radius, between, to});
  }
  return raster.with(result);
}

Raster slope_of(const Raster& raster) {
  const Raster smooth = box_mean(raster, 1);
  if (raster.sparse()) return raster.with(slopes_in_blocks(smooth));
  const at::Tensor slope = at::empty_like(raster.value);
  parallel_for(slope.device(), raster.size(), SlopeOfCell{raster, smooth.heights(), out(slope)});
  return raster.with(slope);
}

}  // namespace treewalk
