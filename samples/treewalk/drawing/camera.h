// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <optional>

#include "drawing/drawing.h"

namespace program {

using Vec3 = std::array<double, 3>;

/// A pinhole camera in the drawing's coordinates; pixels from the top left.
struct Camera {
  Vec3 eye{}, right{1, 0, 0}, down{0, 0, -1}, forward{0, 1, 0};
  double focal = 1;  ///< pixels
  double center_x = 0, center_y = 0;
};

/// The part of the picture that the cloud should fill, in pixels.
struct Frame {
  double left = 0, top = 0, right = 0, bottom = 0;
};

/// Chooses a view that shows the cloud well and fills the frame. Angles in degrees override the choice.
Camera choose_camera(const Drawing& drawing, const Frame& frame, std::optional<double> azimuth,
                     std::optional<double> elevation);

}  // namespace program
