// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/features/cells_kernel.h"
#include "core/raster/raster_arrays.h"

// What points stand over, by rasters of one frame: the modules "ground" and "opening".
namespace treewalk {

/// Counts of the rasters of "ground" (ground.cpp), by their columns.
constexpr int kGroundOpenings = 5, kGroundSurfaces = 7, kGroundSlopes = 4, kGroundExcesses = 3, kGroundDetrended = 3;
constexpr int kGroundColumns =
    kGroundOpenings + 2 * kGroundSurfaces + kGroundSlopes + kGroundExcesses + kGroundDetrended + 1;

/// The surface whose slope is column k of the slopes.
HD constexpr int slope_column(int k) { return k < 3 ? 3 + k : 1; }
/// The surfaces of "fine_ground", after one opening.
constexpr int kFineSurfaces = 4, kFineColumns = 1 + kFineSurfaces;
HD constexpr int fine_surface(int k) { return k < 2 ? 2 * k : 2 * k - 1; }
/// Metres that are half of 1 in its columns, where heights are small.
constexpr float kFineUnit = 0.05f;

/// What the logarithm is taken of for a column that is half of 1 at `unit` metres.
HD inline float sized_height(double height, float unit) {
  return static_cast<float>(std::clamp(height, -10.0, 50.0)) / unit;
}

/// item = point: its columns of "ground", and of "fine_ground" where they are wanted.
struct GroundPoints {
  static constexpr std::int64_t grain = 1024;
  static constexpr bool wide = true;
  /// Where the heights that are looked up between the centres of cells lie, side by side.
  static constexpr int kSlope = kGroundSurfaces, kTrend = 2 * kGroundSurfaces, kSecond = kTrend + 1,
                       kBetween = kSecond + 1;
  RasterFrame frame;
  const float* between;  ///< [cells,kBetween]: the surfaces, their slopes, the trend, the ground over the trend
  const float* opening[kGroundOpenings];
  const float *excess[kGroundExcesses], *detrended[kGroundDetrended];
  const float* position;  ///< [N,3]
  float* columns;
  std::int64_t stride;
  bool fine;

  HD void operator()(std::int64_t item) const {
    const double x = position[3 * item], y = position[3 * item + 1], z = position[3 * item + 2];
    float* to = columns + item * stride;
    const RasterFrame::Found found = frame.find(x, y);
    const std::int64_t cell = frame.index(found);
    const RasterSpot spot = frame.spot(found);
    float surface[kBetween];
    spot.in(between, kBetween, surface);
    // What logarithms are taken of, all in one loop: the columns but the slopes, in their order, and the fine ones.
    constexpr int kRelative = kGroundOpenings + kGroundSurfaces, kExcess = kRelative + kGroundSurfaces,
                  kDetrended = kExcess + kGroundExcesses, kSized = kGroundColumns - kGroundSlopes;
    constexpr int kAll = whole_registers(kSized + kFineColumns);
    float sized[kAll] = {};
    UNROLL
    for (int i = 0; i < kGroundOpenings; ++i) sized[i] = limited(z - opening[i][cell], -5, 50);
    UNROLL
    for (int i = 0; i < kGroundSurfaces; ++i) {
      const double height = z - surface[i];
      sized[kGroundOpenings + i] = limited(height, -10, 50);
      sized[kRelative + i] =
          static_cast<float>(std::clamp(height / (0.3 + 1.25 * surface[kSlope + i]), -4.0, 30.0) - 1);
    }
    UNROLL
    for (int i = 0; i < kGroundExcesses; ++i) sized[kExcess + i] = limited(excess[i][cell], -50, 50);
    const double over = z - surface[kTrend];
    UNROLL
    for (int i = 0; i < kGroundDetrended; ++i) sized[kDetrended + i] = limited(over - detrended[i][cell], -50, 50);
    sized[kSized - 1] = limited(over - surface[kSecond], -10, 50);
    float* const low = sized + kSized;
    if (fine) {
      low[0] = sized_height(z - spot.in(opening[0]), kFineUnit);
      UNROLL
      for (int k = 0; k < kFineSurfaces; ++k) low[1 + k] = sized_height(z - surface[fine_surface(k)], kFineUnit);
    }
    fast_asinh(sized);
    UNROLL
    for (int k = 0; k < kRelative; ++k) *to++ = 0.5f * sized[k];
    UNROLL
    for (int k = kRelative; k < kExcess; ++k) *to++ = 0.7f * sized[k];
    UNROLL
    for (int k = 0; k < kGroundSlopes; ++k) *to++ = std::min(surface[kSlope + slope_column(k)], 2.0f);
    UNROLL
    for (int k = kExcess; k < kSized; ++k) *to++ = 0.5f * sized[k];
    if (!fine) return;
    UNROLL
    for (int k = 0; k < kFineColumns; ++k) *to++ = 0.5f * low[k];
  }
  HD static float limited(double height, double low, double high) {
    return static_cast<float>(std::clamp(height, low, high) / kSquashUnit);
  }
};

/// item = point: 0.5 asinh(clip(h, -10, 50) / unit), h its height over each of some rasters of one frame.
struct HeightsOver {
  static constexpr std::int64_t grain = 1024;
  static constexpr bool wide = true;
  static constexpr int kCount = 5, kStride = 8;
  RasterFrame frame;
  const float* surface;   ///< [cells,kStride], the first kCount of which are heights
  const float* position;  ///< [N,3]
  float unit;             ///< metres that are half of 1 in a column, where heights are small
  float* columns;
  std::int64_t stride;

  HD void operator()(std::int64_t item) const {
    const double x = position[3 * item], y = position[3 * item + 1], z = position[3 * item + 2];
    float surface_at[kCount], height[whole_registers(kCount)] = {};
    frame.spot(x, y).in(surface, kStride, surface_at);
    UNROLL
    for (int k = 0; k < kCount; ++k) height[k] = sized_height(z - surface_at[k], unit);
    fast_asinh(height);
    UNROLL
    for (int k = 0; k < kCount; ++k) columns[item * stride + k] = 0.5f * height[k];
  }
};

constexpr int kOpenings = 6;

/// item = point: its heights over the openings of "opening" (columns.cpp), cut.
struct OpeningPoints {
  static constexpr std::int64_t grain = 4096;
  RasterFrame frame;
  const float* opened[kOpenings];
  const float* position;
  float* over;  ///< [N,kOpenings]
  HD void operator()(std::int64_t i) const {
    const std::int64_t cell = frame.index(position[3 * i], position[3 * i + 1]);
    for (int k = 0; k < kOpenings; ++k)
      over[i * kOpenings + k] = std::clamp(position[3 * i + 2] - opened[k][cell], -5.0f, 50.0f);
  }
};

/// item = cell: its columns become sq() of themselves.
struct SquashRows {
  static constexpr std::int64_t grain = 2048;
  float* rows;
  std::int64_t stride;
  int columns;
  HD void operator()(std::int64_t c) const {
    for (int k = 0; k < columns; ++k) rows[c * stride + k] = squash(rows[c * stride + k]);
  }
};

}  // namespace treewalk
