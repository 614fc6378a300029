// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <cstring>

#include "drawing/canvas.h"

namespace program {
namespace {

/// Undoes PNG's filters: an independent reading of the format for 8-bit RGB.
std::vector<std::uint8_t> decoded(const std::string& file, int width, int height) {
  const auto number = [&](std::size_t at) {
    std::uint32_t v = 0;
    for (int k = 0; k < 4; ++k) v = v << 8 | static_cast<std::uint8_t>(file[at + k]);
    return v;
  };
  std::string packed;
  for (std::size_t at = 8; at + 12 <= file.size(); at += 12 + number(at)) {
    const std::string chunk = file.substr(at + 4, 4 + number(at));
    EXPECT_EQ(number(at + 8 + number(at)),
              crc32(0, reinterpret_cast<const Bytef*>(chunk.data()), static_cast<uInt>(chunk.size())));
    if (chunk.compare(0, 4, "IDAT") == 0) packed += chunk.substr(4);
  }
  const std::size_t row = static_cast<std::size_t>(width) * 3;
  std::vector<std::uint8_t> raw((row + 1) * height), image;
  uLongf size = static_cast<uLongf>(raw.size());
  EXPECT_EQ(
      uncompress(raw.data(), &size, reinterpret_cast<const Bytef*>(packed.data()), static_cast<uLong>(packed.size())),
      Z_OK);
  EXPECT_EQ(size, raw.size());
  for (int y = 0; y < height; ++y)
    for (std::size_t i = 0; i < row; ++i) {
      const int filter = raw[(row + 1) * y];
      const int a = i >= 3 ? image[row * y + i - 3] : 0, b = y > 0 ? image[row * (y - 1) + i] : 0;
      const int c = i >= 3 && y > 0 ? image[row * (y - 1) + i - 3] : 0, p = a + b - c;
      const int paeth = std::abs(p - a) <= std::abs(p - b) && std::abs(p - a) <= std::abs(p - c) ? a
                        : std::abs(p - b) <= std::abs(p - c)                                     ? b
                                                                                                 : c;
      const int guess = filter == 0 ? 0 : filter == 1 ? a : filter == 2 ? b : filter == 3 ? (a + b) / 2 : paeth;
      image.push_back(static_cast<std::uint8_t>(raw[(row + 1) * y + 1 + i] + guess));
    }
  return image;
}

TEST(Png, DecodesToTheSamePixels) {
  Canvas canvas(67, 41, {250, 251, 252});
  canvas.box(5.5f, 6, 30, 20, 4, {10, 200, 30}, 0.7f);
  canvas.text(8, 30, 9, "Abc & 123 \xC3\xA4", {0, 0, 90});
  const auto image = decoded(png(canvas), canvas.width, canvas.height);
  ASSERT_EQ(image.size(), canvas.pixel.size() * 3);
  EXPECT_EQ(std::memcmp(image.data(), canvas.pixel.data(), image.size()), 0);
}

}  // namespace
}  // namespace program
