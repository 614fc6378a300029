// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/ground_surface.h"

#include <algorithm>

namespace treewalk {

const std::vector<double> kChainRadii = {1, 2, 3, 4, 6, 8, 11, 14, 18, 23, 29};

LowSurface low_surface(const float* position, std::int64_t size, double cell, int sweeps) {
  constexpr float kTooLow = 10;
  LowSurface surface{lowest_points(position, size, cell), {}};
  Raster& low = surface.low;
  Raster filled = low;
  fill_holes(filled, sweeps);
  const Raster closed = close(filled, 2);
  surface.valid.resize(low.size());
  bool outliers = false;
  for (std::int64_t c = 0; c < low.size(); ++c) {
    const bool empty = low.value[c] == Raster::kEmpty;
    const bool outlier = !empty && closed.value[c] - low.value[c] > kTooLow;
    surface.valid[c] = !empty && !outlier;
    if (outlier) low.value[c] = Raster::kEmpty;
    outliers = outliers || outlier;
  }
  if (outliers) {
    fill_holes(low, sweeps);
  } else {
    low = std::move(filled);
  }
  return surface;
}

void raise_excess(Raster& excess, const Raster& before, const Raster& after, double slope, double radius) {
  const auto allowed = static_cast<float>(slope * radius);
  for (std::int64_t c = 0; c < excess.size(); ++c)
    excess.value[c] = std::max(excess.value[c], before.value[c] - after.value[c] - allowed);
}

Raster ground_without(const Raster& low, const std::vector<std::uint8_t>& valid, const Raster& excess, int sweeps) {
  Raster ground = low;
  for (std::int64_t c = 0; c < ground.size(); ++c)
    if (!valid[c] || excess.value[c] > 0) ground.value[c] = Raster::kEmpty;
  fill_holes(ground, sweeps);
  return ground;
}

}  // namespace treewalk
