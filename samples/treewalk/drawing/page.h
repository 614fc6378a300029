// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

#include "drawing/drawing.h"

namespace program {

struct PageOptions {
  bool dark = false;
  std::string paint = "auto";  ///< first colouring; see paint_for()
  std::string note;            ///< shown under the title
};

/// A self-contained page (viewer.html with the points in it) that needs a browser with WebGL 2 and nothing else.
/// Positions are rounded to 1/65535 of the cloud's longest side.
std::string page(const Drawing& drawing, const PageOptions& options);

}  // namespace program
