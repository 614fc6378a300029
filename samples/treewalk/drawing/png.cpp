// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <treewalk/cloud.h>
#include <zlib.h>

#include <cstdlib>
#include <cstring>

#include "drawing/canvas.h"

namespace program {

namespace {

void append_u32(std::string& out, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift & 255);
}

void append_chunk(std::string& out, const std::string& kind, const std::string& body) {
  append_u32(out, static_cast<std::uint32_t>(body.size()));
  const std::string checked = kind + body;
  out += checked;
  append_u32(out, static_cast<std::uint32_t>(
                      crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()))));
}

/// One byte's prediction from its left, upper and upper-left neighbours (PNG's filter types 1, 2 and 4).
int predicted(int filter, int a, int b, int c) {
  if (filter == 1) return a;
  if (filter == 2) return b;
  const int pa = std::abs(b - c), pb = std::abs(a - c), pc = std::abs(a + b - 2 * c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

}  // namespace

std::string png(const Canvas& canvas) {
  static_assert(sizeof(Rgb) == 3, "pixels are copied as bytes");
  const std::size_t row = static_cast<std::size_t>(canvas.width) * 3;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(canvas.pixel.data());
  const std::vector<std::uint8_t> nothing(row, 0);

  std::string filtered, candidate(row, '\0'), best;
  filtered.reserve((row + 1) * canvas.height);
  for (int y = 0; y < canvas.height; ++y) {
    const std::uint8_t* now = bytes + static_cast<std::size_t>(y) * row;
    const std::uint8_t* above = y > 0 ? now - row : nothing.data();
    std::int64_t best_cost = -1;
    int best_filter = 0;
    for (int filter : {1, 2, 4}) {  // the filter with the smallest differences packs best, as a rule
      std::int64_t cost = 0;
      for (std::size_t i = 0; i < row; ++i) {
        const int left = i >= 3 ? now[i - 3] : 0, corner = i >= 3 ? above[i - 3] : 0;
        const auto d = static_cast<std::int8_t>(now[i] - predicted(filter, left, above[i], corner));
        candidate[i] = static_cast<char>(d);
        cost += std::abs(static_cast<int>(d));
      }
      if (best_cost < 0 || cost < best_cost) {
        best_cost = cost;
        best_filter = filter;
        best = candidate;
      }
    }
    filtered += static_cast<char>(best_filter);
    filtered += best;
  }

  uLongf packed_size = compressBound(static_cast<uLong>(filtered.size()));
  std::string packed(packed_size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &packed_size, reinterpret_cast<const Bytef*>(filtered.data()),
                static_cast<uLong>(filtered.size()), 5) != Z_OK)
    throw treewalk::Error("the picture could not be compressed");
  packed.resize(packed_size);

  std::string head;
  append_u32(head, static_cast<std::uint32_t>(canvas.width));
  append_u32(head, static_cast<std::uint32_t>(canvas.height));
  head += std::string("\x08\x02\x00\x00\x00", 5);  // 8 bits, RGB, not interlaced
  std::string file = "\x89PNG\r\n\x1a\n";
  append_chunk(file, "IHDR", head);
  append_chunk(file, "IDAT", packed);
  append_chunk(file, "IEND", "");
  return file;
}

}  // namespace program
