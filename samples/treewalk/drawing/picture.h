// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <optional>
#include <string>

#include "drawing/canvas.h"
#include "drawing/drawing.h"

namespace program {

struct PictureOptions {
  int width = 1600, height = 1000;
  bool dark = false;
  std::string paint = "auto";  ///< see paint_for()
  double point_size = 1;       ///< factor on the size chosen from the points' density
  /// Where the camera stands, degrees: 0 south of the cloud, 90 east; above the horizon. Otherwise chosen: the place
  /// an organised cloud was seen from, a raised view of a flat one.
  std::optional<double> azimuth, elevation;
  int threads = 0;
};

/// Draws the points as discs with a depth buffer and eye-dome shading; no display is needed. An empty drawing gives
/// an empty picture. The same picture for any number of threads.
Canvas draw_picture(const Drawing& drawing, const PictureOptions& options);

}  // namespace program
