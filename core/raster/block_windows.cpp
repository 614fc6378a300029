// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <vector>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/raster/block_kernel.h"
#include "core/raster/running_extremum.h"
#include "core/raster/sparse_raster.h"
#include "core/raster/whole_blocks.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 4;  // lines that a task works on: less is not worth waking a thread

/// Blocks of one row (or column) of blocks, -1 where one is missing; where so many are missing that no window reaches
/// across, another line begins. The lines of cells in it lie side by side.
struct BlockLines {
  std::vector<std::int32_t> block;
  std::vector<std::int64_t> first{0};  ///< of each line, and the end

  BlockLines(const Raster& raster, int axis, std::int64_t radius);
  std::int64_t size() const { return static_cast<std::int64_t>(first.size()) - 1; }
};

BlockLines::BlockLines(const Raster& raster, int axis, std::int64_t radius) {
  const RasterBlocks& blocks = raster.blocks;
  const std::int64_t most_missing = (radius + blocks.side() - 1) >> blocks.shift;
  std::int64_t line = 0, place = 0;
  for (std::int64_t i = 0; i < blocks.size; ++i) {
    const auto b = axis == 0 ? static_cast<std::int32_t>(i) : raster.tables->by_column[i];
    const std::int64_t column = blocks.key[b] & 0xffffffff, row = blocks.key[b] >> 32;
    const std::int64_t next_line = axis == 0 ? row : column, next_place = axis == 0 ? column : row;
    if (i > 0 && (next_line != line || next_place - place > most_missing))
      first.push_back(static_cast<std::int64_t>(block.size()));
    else if (i > 0)
      block.insert(block.end(), next_place - place - 1, -1);
    block.push_back(b);
    line = next_line;
    place = next_place;
  }
  first.push_back(static_cast<std::int64_t>(block.size()));
}

/// What windows along one axis give, for all cells, on the CPU.
class WindowsOfBlocks {
 public:
  WindowsOfBlocks(const Raster& raster, int axis, std::int64_t radius)
      : lines_(raster, axis, radius),
        side_(raster.blocks.side()),
        radius_(radius),
        along_(axis == 0 ? 1 : side_),
        across_(side_ / along_) {}

  /// Empty cells hold Pick::kNeutral from the first axis to the second.
  template <class Pick>
  void extremum(const float* in, float* out, bool last) const {
    const std::int64_t window = 2 * radius_ + 1;
    each_line([&](std::int64_t line, std::int64_t j, Buffer& forward, Buffer& backward) {
      const std::int64_t padded = (cells(line) + 2 * radius_ + window - 1) / window * window;
      read(in, line, j, padded, Pick::kNeutral, forward,
           [](float z) { return z == RasterFrame::kEmpty ? Pick::kNeutral : z; });
      extrema_in_windows<Pick>(padded, window, forward, backward);
      write(out, line, j, [&](std::int64_t i, std::int64_t k) {
        const float z = Pick()(backward[i * kLanes + k], forward[(i + window - 1) * kLanes + k]);
        return last && z == Pick::kNeutral ? RasterFrame::kEmpty : z;
      });
    });
  }

  void mean(const float* in, float* out) const {
    each_line([&](std::int64_t line, std::int64_t j, Buffer& value, Buffer& sum) {
      read(in, line, j, cells(line) + 2 * radius_, 0, value, [](float z) { return z; });
      sum.resize(cells(line) * kLanes);
      for (std::int64_t i = 0; i < cells(line); ++i) {
        float of_lane[kLanes] = {};
        for (std::int64_t d = 0; d <= 2 * radius_; ++d)  // what is missing adds 0
          for (std::int64_t k = 0; k < kLanes; ++k) of_lane[k] += value[(i + d) * kLanes + k];
        std::copy_n(of_lane, kLanes, sum.data() + i * kLanes);
      }
      const auto count = counts(line);
      write(out, line, j, [&](std::int64_t i, std::int64_t k) { return sum[i * kLanes + k] / count[i]; });
    });
  }

 private:
  using Buffer = std::vector<float>;

  std::int64_t cells(std::int64_t line) const { return (lines_.first[line + 1] - lines_.first[line]) * side_; }

  /// work(line, first of kLanes lines of cells in it, two buffers)
  template <class Work>
  void each_line(const Work& work) const {
    parallel_pieces(lines_.size(), kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      Buffer one, other;
      for (std::int64_t line = begin; line < end; ++line)
        for (std::int64_t j = 0; j < side_; j += kLanes) work(line, j, one, other);
    });
  }
  /// Value i of lane k is at to[(radius + i) * kLanes + k]; all others, and those of missing blocks, are `missing`.
  template <class Take>
  void read(const float* in, std::int64_t line, std::int64_t j, std::int64_t size, float missing, Buffer& to,
            const Take& take) const {
    to.resize(size * kLanes);
    float* next = std::fill_n(to.data(), radius_ * kLanes, missing);
    for (std::int64_t b = lines_.first[line]; b < lines_.first[line + 1]; ++b, next += side_ * kLanes) {
      if (lines_.block[b] < 0) {
        std::fill_n(next, side_ * kLanes, missing);
        continue;
      }
      const float* const from = in + lines_.block[b] * side_ * side_ + j * across_;
      for (std::int64_t i = 0; i < side_; ++i)
        for (std::int64_t k = 0; k < kLanes; ++k) next[i * kLanes + k] = take(from[i * along_ + k * across_]);
    }
    std::fill(next, to.data() + size * kLanes, missing);
  }
  template <class Give>
  void write(float* out, std::int64_t line, std::int64_t j, const Give& give) const {
    std::int64_t first = 0;
    for (std::int64_t b = lines_.first[line]; b < lines_.first[line + 1]; ++b, first += side_) {
      if (lines_.block[b] < 0) continue;
      float* const to = out + lines_.block[b] * side_ * side_ + j * across_;
      for (std::int64_t i = 0; i < side_; ++i)
        for (std::int64_t k = 0; k < kLanes; ++k) to[i * along_ + k * across_] = give(first + i, k);
    }
  }
  /// Of each cell along a line, how many there are in its window.
  Buffer counts(std::int64_t line) const {
    const std::int64_t size = cells(line);
    std::vector<std::int64_t> before(size + 1);
    for (std::int64_t i = 0; i < size; ++i)
      before[i + 1] = before[i] + (lines_.block[lines_.first[line] + i / side_] >= 0);
    Buffer count(size);
    for (std::int64_t i = 0; i < size; ++i)
      count[i] =
          static_cast<float>(before[std::min(size, i + radius_ + 1)] - before[std::max<std::int64_t>(0, i - radius_)]);
    return count;
  }

  BlockLines lines_;
  std::int64_t side_, radius_, along_, across_;
};

template <class Pick>
at::Tensor extremum(const Raster& raster, std::int64_t radius) {
  constexpr bool least = Pick::kNeutral > 0;
  const at::Tensor rows = at::empty_like(raster.value), result = at::empty_like(raster.value);
  float *between = out(rows), *to = out(result);
  radius = std::min(radius, std::max(raster.width, raster.height));
  if (raster.value.is_cpu()) {
    WindowsOfBlocks(raster, 0, radius).extremum<Pick>(raster.heights(), between, false);
    WindowsOfBlocks(raster, 1, radius).extremum<Pick>(between, to, true);
  } else {
    const auto device = raster.value.device();
    const BlockLine x{raster.blocks, 0}, y{raster.blocks, 1};
    parallel_for(device, raster.size(), BlockExtremum<least>{x, radius, raster.heights(), between});
    parallel_for(device, raster.size(), BlockExtremum<least>{y, radius, between, to});
  }
  return result;
}

}  // namespace

at::Tensor least_in_blocks(const Raster& raster, std::int64_t radius) { return extremum<Least>(raster, radius); }
at::Tensor greatest_in_blocks(const Raster& raster, std::int64_t radius) { return extremum<Greatest>(raster, radius); }

at::Tensor means_in_blocks(const Raster& raster, std::int64_t radius) {
  const at::Tensor rows = at::empty_like(raster.value), result = at::empty_like(raster.value);
  float *between = out(rows), *to = out(result);
  const auto device = raster.value.device();
  if (device.is_cpu()) {
    WindowsOfBlocks(raster, 0, radius).mean(raster.heights(), between);
    WindowsOfBlocks(raster, 1, radius).mean(between, to);
    return result;
  }
  parallel_for(device, raster.size(), BlockMean{{raster.blocks, 0}, radius, raster.heights(), between});
  parallel_for(device, raster.size(), BlockMean{{raster.blocks, 1}, radius, between, to});
  return result;
}

at::Tensor slopes_in_blocks(const Raster& smooth) {
  const at::Tensor result = at::empty_like(smooth.value);
  const BlockSlope slope{smooth.blocks, smooth.cell, smooth.heights(), out(result)};
  if (result.is_cpu())
    for_blocks(smooth.blocks, [&](std::int64_t b) { slope_of_block(slope, b); });
  else
    parallel_for(result.device(), smooth.size(), slope);
  return result;
}

}  // namespace treewalk
