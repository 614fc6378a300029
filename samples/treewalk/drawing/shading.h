// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <vector>

namespace program {

/// Depth of every pixel along the camera's axis; infinite where there is background.
struct DepthImage {
  int width = 0, height = 0;
  std::vector<float> depth;
};

/// How bright each pixel is, about 0.3 .. 1.15: eye-dome shading (hollows and what lies behind an edge are darker) and
/// some light from the upper left, so that planes of different tilt differ. Depth is smoothed over `reach` pixels
/// first, which hides the points' discs and a sensor's noise. focal: of the camera, in pixels.
std::vector<float> shading(const DepthImage& image, float focal, float reach, int threads);

}  // namespace program
