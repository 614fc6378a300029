// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <png.h>
#include <treewalk/cloud.h>

#include "drawing/canvas.h"

namespace program {

void need_png() {}

std::string png(const Canvas& canvas) {
  static_assert(sizeof(Rgb) == 3, "pixels are read as bytes");
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(canvas.width);
  image.height = static_cast<png_uint_32>(canvas.height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string file(size, '\0');
  if (png_image_write_to_memory(&image, file.data(), &size, 0, canvas.pixel.data(), 0, nullptr) == 0)
    throw treewalk::Error(std::string("the picture could not be compressed: ") + image.message);
  file.resize(size);
  return file;
}

}  // namespace program
