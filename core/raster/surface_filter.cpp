// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/raster/surface_filter.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <vector>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/raster/ground_surface.h"
#include "core/raster/surface_kernel.h"

namespace treewalk {

SurfaceHeights surface_heights(const at::Tensor& position, const SurfaceFilterOptions& options) {
  TORCH_CHECK(position.dim() == 2 && position.size(1) == 3 && position.scalar_type() == at::kFloat,
              "positions must be float32 [N,3]");
  TORCH_CHECK(options.cell > 0, "the raster cell must be positive, found ", options.cell);
  constexpr int kSweeps = 8;
  const std::int64_t size = position.size(0);
  SurfaceHeights result{at::empty({size}, position.options()), at::empty({size}, position.options())};
  if (size == 0) return result;
  const at::Tensor rows = position.contiguous();
  const LowSurface surface = low_surface(rows, options.cell, kSweeps);
  Raster excess = surface.low.like(-Raster::kEmpty);
  std::vector<double> radii;
  for (const double radius : kChainRadii)
    if (radius <= options.max_radius) radii.push_back(radius);
  opening_chain(surface.low, radii, [&](double, double radius, const Raster& before, const Raster& after) {
    raise_excess(excess, before, after, options.slope, radius);
  });
  const Raster ground = ground_without(surface.low, surface.valid, excess, kSweeps);
  const Raster slope = slope_of(ground);

  parallel_for(
      rows.device(), size,
      SurfacePoints{ground, ground.heights(), slope.heights(), in(rows), out(result.height), out(result.slope)});
  return result;
}

at::Tensor surface_filter(const at::Tensor& position, const SurfaceFilterOptions& options) {
  const SurfaceHeights point = surface_heights(position, options);
  at::Tensor label = at::empty(point.height.sizes(), point.height.options().dtype(at::kByte));
  parallel_for(label.device(), label.size(0),
               LabelPoints{in(point.height), in(point.slope), options.threshold, options.slope_gain, out(label)});
  return label;
}

}  // namespace treewalk
