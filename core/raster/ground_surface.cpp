// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/raster/ground_surface.h"

#include <ATen/ops/any.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/logical_not.h>
#include <ATen/ops/masked_fill.h>
#include <ATen/ops/sub.h>

#include <cstdint>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/raster/raster_kernel.h"

namespace treewalk {

const std::vector<double> kChainRadii = {1, 2, 3, 4, 6, 8, 11, 14, 18, 23, 29};

LowSurface low_surface(const at::Tensor& position, double cell, int sweeps, const std::array<double, 3>& zero) {
  constexpr float kTooLow = 10;
  const Raster low = lowest_points(position, cell, zero);
  // Each block of these holds a point, so nothing is taken from elsewhere.
  const Raster filled = without_holes(low, sweeps, &low);
  const at::Tensor real = low.value.eq(Raster::kEmpty).logical_not();
  const at::Tensor outlier = close(filled, 2).value.sub(low.value).gt(kTooLow).logical_and(real);
  const at::Tensor valid = real.logical_and(outlier.logical_not());
  // A device's host would have to wait to learn that there are none; filling once more gives the same then.
  if (outlier.is_cpu() && !outlier.any().item<bool>()) return {filled, valid};
  return {without_holes(low.with(low.value.masked_fill(outlier, Raster::kEmpty)), sweeps, &filled), valid};
}

void raise_excess(Raster& excess, const Raster& before, const Raster& after, double slope, double radius) {
  const at::Tensor raised = at::empty_like(excess.value);
  parallel_for(raised.device(), excess.size(),
               RaiseExcess{excess.heights(), before.heights(), after.heights(), static_cast<float>(slope * radius),
                           out(raised)});
  excess.value = raised;
}

Raster ground_without(const Raster& low, const at::Tensor& valid, const Raster& excess, int sweeps) {
  const at::Tensor ground = at::empty_like(low.value);
  const bool* const whether = in(valid);
  parallel_for(
      ground.device(), low.size(),
      KeepGround{low.heights(), excess.heights(), reinterpret_cast<const std::uint8_t*>(whether), out(ground)});
  return without_holes(low.with(ground), sweeps, &low);
}

}  // namespace treewalk
