// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/surface_filter.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include "core/device/parallel.h"
#include "core/features/ground_surface.h"

namespace treewalk {

SurfaceHeights surface_heights(const at::Tensor& position, const SurfaceFilterOptions& options) {
  TORCH_CHECK(position.dim() == 2 && position.size(1) == 3 && position.scalar_type() == at::kFloat && position.is_cpu(),
              "positions must be float32 [N,3] on the CPU");
  TORCH_CHECK(options.cell > 0, "the raster cell must be positive, found ", options.cell);
  constexpr int kSweeps = 8;
  const std::int64_t size = position.size(0);
  SurfaceHeights result{at::empty({size}, at::kFloat), at::empty({size}, at::kFloat)};
  if (size == 0) return result;
  const at::Tensor rows = position.contiguous();
  const float* p = rows.const_data_ptr<float>();

  const LowSurface surface = low_surface(p, size, options.cell, kSweeps);
  Raster excess = surface.low.like(-Raster::kEmpty);
  std::vector<double> radii;
  for (const double radius : kChainRadii)
    if (radius <= options.max_radius) radii.push_back(radius);
  opening_chain(surface.low, radii, [&](double, double radius, const Raster& before, const Raster& after) {
    raise_excess(excess, before, after, options.slope, radius);
  });
  const Raster ground = ground_without(surface.low, surface.valid, excess, kSweeps);
  const Raster slope = slope_of(ground);

  float* height_of = result.height.mutable_data_ptr<float>();
  float* slope_at = result.slope.mutable_data_ptr<float>();
  parallel_pieces(size, 8192, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Raster::Spot spot = ground.spot(p[3 * i], p[3 * i + 1]);
      height_of[i] = p[3 * i + 2] - ground.at(spot);
      slope_at[i] = slope.at(spot);
    }
  });
  return result;
}

at::Tensor surface_filter(const at::Tensor& position, const SurfaceFilterOptions& options) {
  const SurfaceHeights point = surface_heights(position, options);
  const std::int64_t size = point.height.size(0);
  const float* height = point.height.const_data_ptr<float>();
  const float* slope = point.slope.const_data_ptr<float>();
  at::Tensor label = at::empty({size}, at::kByte);
  std::uint8_t* to = label.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < size; ++i) to[i] = height[i] > options.threshold + options.slope_gain * slope[i];
  return label;
}

}  // namespace treewalk
