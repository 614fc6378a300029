// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "drawing/drawing.h"

namespace program {

/// An 8-bit RGB image with the few things that a legend needs. All edges are smooth.
struct Canvas {
  int width = 0, height = 0;
  std::vector<Rgb> pixel;  ///< [height*width], row by row from the top

  Canvas(int w, int h, Rgb fill) : width(w), height(h), pixel(static_cast<std::size_t>(w) * h, fill) {}
  /// Filled rectangle with rounded corners; opacity 0..1.
  void box(float x, float y, float w, float h, float corner, Rgb color, float opacity);
  /// Text with its baseline's left end at (x, y); capitals are `size` pixels high. Letters beyond ASCII show as '?'.
  void text(float x, float y, float size, const std::string& words, Rgb color);
  /// Width of the text in pixels.
  static float text_width(float size, const std::string& words);

 private:
  void blend(int x, int y, Rgb color, float opacity);
};

/// Throws Error where the program was built without PNG (TREEWALK_PNG), before any work is done for a picture.
void need_png();
/// The image as the bytes of a PNG file.
std::string png(const Canvas& canvas);

}  // namespace program
