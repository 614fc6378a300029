// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/clone.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <vector>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/raster/raster.h"
#include "core/raster/raster_kernel.h"
#include "core/raster/running_extremum.h"
#include "core/raster/sparse_raster.h"

namespace treewalk {
namespace {

constexpr std::int64_t kTask = 1 << 16;  // cells that a task works on: less is not worth waking a thread
// Lines of n values: value i of line j is at data[i * along + j * across].
struct Lines {
  std::int64_t n, count, along, across;
};

// Extremum over windows of 2 r + 1 along up to kLanes lines.
template <class Pick>
void running_extremum(const float* in, float* out, const Lines& lines, std::int64_t r, std::vector<float>& forward,
                      std::vector<float>& backward) {
  const Pick pick;
  const std::int64_t n = lines.n, window = 2 * r + 1, padded = (n + 2 * r + window - 1) / window * window;
  forward.assign(padded * kLanes, Pick::kNeutral);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < lines.count; ++j)
      forward[(i + r) * kLanes + j] = in[i * lines.along + j * lines.across];
  extrema_in_windows<Pick>(padded, window, forward, backward);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < lines.count; ++j)
      out[i * lines.along + j * lines.across] = pick(backward[i * kLanes + j], forward[(i + window - 1) * kLanes + j]);
}

template <class Pick>
void all_lines(const float* in, float* out, const Lines& lines, std::int64_t r) {
  const std::int64_t piece = std::max(kTask / (lines.n * kLanes), std::int64_t{1}) * kLanes;
  parallel_pieces(lines.count, piece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<float> forward, backward;
    for (std::int64_t j = begin; j < end; j += kLanes) {
      const Lines some{lines.n, std::min(kLanes, end - j), lines.along, lines.across};
      running_extremum<Pick>(in + j * lines.across, out + j * lines.across, some, std::min(r, lines.n), forward,
                             backward);
    }
  });
}

// Empty cells hold Pick::kNeutral.
template <class Pick>
void extremum_on_cpu(const RasterFrame& frame, const float* in, float* out, std::int64_t radius) {
  all_lines<Pick>(in, out, {frame.width, frame.height, 1, frame.width}, radius);
  all_lines<Pick>(out, out, {frame.height, frame.width, frame.width, 1}, radius);
}

template <bool least>
at::Tensor extremum_on_device(const Raster& raster, std::int64_t radius) {
  const auto device = raster.value.device();
  const at::Tensor rows = at::empty_like(raster.value), result = at::empty_like(raster.value);
  float* between = out(rows);
  parallel_for(device, raster.size(), WindowExtremum<least>{raster.width, 1, radius, raster.heights(), between});
  parallel_for(device, raster.size(), WindowExtremum<least>{raster.height, raster.width, radius, between, out(result)});
  return result;
}

void replace(const at::Tensor& value, float from, float to) {
  float* z = out(value);
  const std::int64_t cells = value.size(0);
  for (std::int64_t c = 0; c < cells; ++c) z[c] = z[c] == from ? to : z[c];
}

}  // namespace

Raster erode(const Raster& raster, std::int64_t radius) {
  if (radius <= 0) return raster;
  if (raster.sparse()) return raster.with(least_in_blocks(raster, radius));
  if (!raster.value.is_cpu()) return raster.with(extremum_on_device<true>(raster, radius));
  const at::Tensor result = at::empty_like(raster.value);
  extremum_on_cpu<Least>(raster, raster.heights(), out(result), radius);
  return raster.with(result);
}

Raster dilate(const Raster& raster, std::int64_t radius) {
  if (radius <= 0) return raster;
  if (raster.sparse()) return raster.with(greatest_in_blocks(raster, radius));
  if (!raster.value.is_cpu()) return raster.with(extremum_on_device<false>(raster, radius));
  const at::Tensor result = raster.value.clone();
  replace(result, Least::kNeutral, Greatest::kNeutral);
  float* value = out(result);
  extremum_on_cpu<Greatest>(raster, value, value, radius);
  replace(result, Greatest::kNeutral, Least::kNeutral);
  return raster.with(result);
}

Raster open(const Raster& raster, std::int64_t radius) { return dilate(erode(raster, radius), radius); }
Raster close(const Raster& raster, std::int64_t radius) { return erode(dilate(raster, radius), radius); }

}  // namespace treewalk
