// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

namespace treewalk {

/// Ground filter without learning, after the progressive morphological filters with a rebuilt surface: objects are what
/// grey openings of growing windows cut off by more than the terrain's slope explains; the ground is rebuilt from the
/// rest, and points are compared with it. The baseline for terrain networks, and the source of their "ground" features.
struct SurfaceFilterOptions {
  double cell = 1;           ///< of the raster of lowest points, in metres
  double max_radius = 29;    ///< of the largest window, in metres; see kChainRadii
  double slope = 0.3;        ///< of terrain that is no object
  double threshold = 0.3;    ///< height over flat ground that is off it, in metres
  double slope_gain = 1.25;  ///< the threshold grows by this much for a slope of 1
};

/// Of every point over the rebuilt ground: both [N] float32.
struct SurfaceHeights {
  at::Tensor height;  ///< z - ground, bilinear
  at::Tensor slope;   ///< of the ground there
};

/// position [N,3] float32 in metres, finite, z up, any order of the points, on any device. Uses cell, max_radius and
/// slope only. Same result for any number of threads. Bounded memory: see lowest_points. No points give empty tensors.
SurfaceHeights surface_heights(const at::Tensor& position, const SurfaceFilterOptions& options = {});

/// [N] uint8: 1 off the ground (height > threshold + slope_gain * slope), 0 ground.
at::Tensor surface_filter(const at::Tensor& position, const SurfaceFilterOptions& options = {});

}  // namespace treewalk
