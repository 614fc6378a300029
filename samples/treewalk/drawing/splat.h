// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <limits>
#include <vector>

#include "drawing/camera.h"
#include "drawing/drawing.h"

namespace program {

constexpr float nowhere = std::numeric_limits<float>::infinity();  ///< depth of the background

/// Depth along the camera's axis and colour of what is nearest in every sample.
struct Raster {
  int width = 0, height = 0;
  std::vector<float> depth;
  std::vector<Rgb> color;

  Raster(int w, int h) : width(w), height(h), depth(static_cast<std::size_t>(w) * h, nowhere), color(depth.size()) {}
};

/// Draws every point as a disc that is as large as the gap to its neighbours, so that surfaces close. Nearest wins.
/// factor: on the discs' size. Returns the usual radius in samples.
float splat(Raster& raster, const Drawing& drawing, const std::vector<Rgb>& color, const Camera& camera, double factor,
            int threads);

/// The usual distance between neighbours of a surface-like cloud; 0 for fewer than two places.
double point_spacing(const Drawing& drawing);

}  // namespace program
