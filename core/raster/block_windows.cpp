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

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 16;  // blocks that a task works on: less is not worth waking a thread

/// The extremum of windows along one axis. Empty cells hold Pick::kNeutral from the first axis to the second.
template <class Pick>
class LinesOfBlocks {
 public:
  LinesOfBlocks(const BlockLine& line, std::int64_t radius)
      : line_(line),
        radius_(radius),
        along_(line.step()),
        across_(kSide / along_),
        window_(2 * radius + 1),
        padded_((kSide + 2 * radius + window_ - 1) / window_ * window_) {}

  void run(const float* in, float* out, bool last) const {
    parallel_pieces(line_.blocks.size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      std::vector<float> forward, backward;
      for (std::int64_t b = begin; b < end; ++b)
        for (std::int64_t j = 0; j < kSide; j += kLanes) {
          read(in + j * across_, b, forward);
          extrema_in_windows<Pick>(padded_, window_, forward, backward);
          write(forward, backward, out + b * kSide * kSide + j * across_, last);
        }
    });
  }

 private:
  static constexpr std::int64_t kSide = std::int64_t{1} << RasterBlocks::kShift;

  void read(const float* in, std::int64_t b, std::vector<float>& forward) const {
    forward.assign(padded_ * kLanes, Pick::kNeutral);
    for (std::int64_t away = -radius_ >> RasterBlocks::kShift; away * kSide < kSide + radius_; ++away) {
      const std::int64_t other = line_.block(b, away);
      if (other < 0) continue;
      const float* const from = in + other * kSide * kSide;
      const std::int64_t first = std::max<std::int64_t>(0, -radius_ - away * kSide);
      const std::int64_t last = std::min(kSide, kSide + radius_ - away * kSide);
      for (std::int64_t k = first; k < last; ++k) {
        float* const to = forward.data() + (away * kSide + k + radius_) * kLanes;
        for (std::int64_t j = 0; j < kLanes; ++j) {
          const float z = from[k * along_ + j * across_];
          to[j] = z == RasterFrame::kEmpty ? Pick::kNeutral : z;
        }
      }
    }
  }
  void write(const std::vector<float>& forward, const std::vector<float>& backward, float* out, bool last) const {
    const Pick pick;
    for (std::int64_t i = 0; i < kSide; ++i)
      for (std::int64_t j = 0; j < kLanes; ++j) {
        const float z = pick(backward[i * kLanes + j], forward[(i + window_ - 1) * kLanes + j]);
        out[i * along_ + j * across_] = last && z == Pick::kNeutral ? RasterFrame::kEmpty : z;
      }
  }

  BlockLine line_;
  std::int64_t radius_, along_, across_, window_, padded_;
};

template <class Pick>
at::Tensor extremum(const Raster& raster, std::int64_t radius) {
  constexpr bool least = Pick::kNeutral > 0;
  const at::Tensor rows = at::empty_like(raster.value), result = at::empty_like(raster.value);
  float *between = out(rows), *to = out(result);
  radius = std::min(radius, std::max(raster.width, raster.height));
  const BlockLine x{raster.blocks, 0}, y{raster.blocks, 1};
  if (raster.value.is_cpu()) {
    LinesOfBlocks<Pick>(x, radius).run(raster.heights(), between, false);
    LinesOfBlocks<Pick>(y, radius).run(between, to, true);
  } else {
    const auto device = raster.value.device();
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
  parallel_for(device, raster.size(), BlockMean{{raster.blocks, 0}, radius, raster.heights(), between});
  parallel_for(device, raster.size(), BlockMean{{raster.blocks, 1}, radius, between, to});
  return result;
}

at::Tensor slopes_in_blocks(const Raster& smooth) {
  const at::Tensor slope = at::empty_like(smooth.value);
  parallel_for(slope.device(), smooth.size(), BlockSlope{smooth.blocks, smooth.cell, smooth.heights(), out(slope)});
  return slope;
}

}  // namespace treewalk
