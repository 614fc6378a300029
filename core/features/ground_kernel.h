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

/// item = point: its columns of "ground".
struct GroundPoints {
  static constexpr std::int64_t grain = 1024;
  RasterFrame frame;
  const float* opening[kGroundOpenings];
  const float *ground[kGroundSurfaces], *slope_of[kGroundSurfaces];
  const float* excess[kGroundExcesses];
  const float *trend, *detrended[kGroundDetrended], *second;
  const float* position;  ///< [N,3]
  float* columns;
  std::int64_t stride;

  HD void operator()(std::int64_t item) const {
    const double x = position[3 * item], y = position[3 * item + 1], z = position[3 * item + 2];
    float* to = columns + item * stride;
    const std::int64_t cell = frame.index(x, y);
    const RasterSpot spot = frame.spot(x, y);
    // What logarithms are taken of, all in one loop: the columns but the slopes, in their order.
    constexpr int kRelative = kGroundOpenings + kGroundSurfaces, kExcess = kRelative + kGroundSurfaces,
                  kDetrended = kExcess + kGroundExcesses, kSized = kGroundColumns - kGroundSlopes;
    float sized[kSized], slope[kGroundSurfaces];
    UNROLL
    for (int i = 0; i < kGroundOpenings; ++i) sized[i] = limited(z - opening[i][cell], -5, 50);
    UNROLL
    for (int i = 0; i < kGroundSurfaces; ++i) {
      const double height = z - spot.in(ground[i]);
      slope[i] = spot.in(slope_of[i]);
      sized[kGroundOpenings + i] = limited(height, -10, 50);
      sized[kRelative + i] = static_cast<float>(std::clamp(height / (0.3 + 1.25 * slope[i]), -4.0, 30.0) - 1);
    }
    UNROLL
    for (int i = 0; i < kGroundExcesses; ++i) sized[kExcess + i] = limited(excess[i][cell], -50, 50);
    const double over = z - spot.in(trend);
    UNROLL
    for (int i = 0; i < kGroundDetrended; ++i) sized[kDetrended + i] = limited(over - detrended[i][cell], -50, 50);
    sized[kSized - 1] = limited(over - spot.in(second), -10, 50);
    UNROLL
    for (int k = 0; k < kSized; ++k) sized[k] = fast_asinh(sized[k]);
    UNROLL
    for (int k = 0; k < kRelative; ++k) *to++ = 0.5f * sized[k];
    UNROLL
    for (int k = kRelative; k < kExcess; ++k) *to++ = 0.7f * sized[k];
    UNROLL
    for (int k = 0; k < kGroundSlopes; ++k) *to++ = std::min(slope[slope_column(k)], 2.0f);
    UNROLL
    for (int k = kExcess; k < kSized; ++k) *to++ = 0.5f * sized[k];
  }
  HD static float limited(double height, double low, double high) {
    return static_cast<float>(std::clamp(height, low, high) / kSquashUnit);
  }
};

/// item = point: 0.5 asinh(clip(h, -10, 50) / unit), h its height over each of some rasters of one frame.
struct HeightsOver {
  static constexpr std::int64_t grain = 1024;
  static constexpr int kMost = 5;
  RasterFrame frame;
  int count;
  const float* surface[kMost];
  const float* position;  ///< [N,3]
  float unit;             ///< metres that are half of 1 in a column, where heights are small
  float* columns;
  std::int64_t stride;

  HD void operator()(std::int64_t item) const {
    const double x = position[3 * item], y = position[3 * item + 1], z = position[3 * item + 2];
    const RasterSpot spot = frame.spot(x, y);
    float sized[kMost];
    UNROLL
    for (int k = 0; k < kMost; ++k)
      sized[k] = k < count ? static_cast<float>(std::clamp(z - spot.in(surface[k]), -10.0, 50.0)) / unit : 0;
    UNROLL
    for (int k = 0; k < kMost; ++k) sized[k] = fast_asinh(sized[k]);
    UNROLL
    for (int k = 0; k < kMost; ++k)
      if (k < count) columns[item * stride + k] = 0.5f * sized[k];
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
