// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/raster/raster_arrays.h"

namespace treewalk {

/// item = point: its height over a ground and the slope there.
struct SurfacePoints {
  static constexpr std::int64_t grain = 8192;
  RasterFrame frame;
  const float *ground, *slope;
  const float* position;
  float *height_of, *slope_at;  ///< [N]
  HD void operator()(std::int64_t i) const {
    const RasterSpot spot = frame.spot(position[3 * i], position[3 * i + 1]);
    height_of[i] = position[3 * i + 2] - spot.in(ground);
    slope_at[i] = spot.in(slope);
  }
};

/// item = point: 1 where it is off the ground.
struct LabelPoints {
  static constexpr std::int64_t grain = 8192;
  const float *height, *slope;
  double threshold, slope_gain;
  std::uint8_t* label;
  HD void operator()(std::int64_t i) const { label[i] = height[i] > threshold + slope_gain * slope[i]; }
};

}  // namespace treewalk
