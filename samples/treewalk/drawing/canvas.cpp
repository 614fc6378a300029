// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "drawing/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace program {

namespace {

/// A letter as strokes: points are a digit for x and a letter for y ('d' the baseline, 'k' small letters' height, 'n'
/// capitals' height, 'a' the lowest); spaces separate strokes. A stroke of one repeated point is a dot.
struct Glyph {
  int width;
  const char* strokes;
};

constexpr Glyph glyphs[95] = {
    {3, ""},                                    // space
    {0, "0n0g 0d0d"},                           // !
    {2, "0n0k 2n2k"},                           // "
    {6, "1d2n 4d5n 0g6g 0k6k"},                 // #
    {5, "5l4n1n0m0k1i4h5g5e4d1d0f 3c3o"},       // $
    {6, "0d6n 1n2m2l1k0l0m1n 5g6f6e5d4e4f5g"},  // %
    {5, "5d1l1m2n3m3l0g0e1d3d5h"},              // &
    {0, "0n0k"},                                // '
    {2, "2o0l0e2b"},                            // (
    {2, "0o2l2e0b"},                            // )
    {4, "2n2i 0m4j 0j4m"},                      // *
    {4, "0h4h 2f2j"},                           // +
    {1, "1d0b"},                                // ,
    {3, "0h3h"},                                // -
    {0, "0d0d"},                                // .
    {4, "0c4n"},                                // /
    {5, "2d3d5f5l3n2n0l0f2d"},                  // 0
    {5, "1l3n3d"},                              // 1
    {5, "0l1n4n5l5j0d5d"},                      // 2
    {5, "0m1n4n5m5j4i2i 4i5h5e4d1d0e"},         // 3
    {5, "4d4n0g5g"},                            // 4
    {5, "5n1n0i1j4j5h5f4d1d0e"},                // 5
    {5, "4n2n0k0f1d4d5f5h4j1j0h"},              // 6
    {5, "0n5n2d"},                              // 7
    {5, "1i0j0m1n4n5m5j4i1i0h0e1d4d5e5h4i"},    // 8
    {5, "1d3d5g5l4n1n0l0j1h4h5j"},              // 9
    {0, "0d0d 0j0j"},                           // :
    {1, "1d0b 1j1j"},                           // ;
    {4, "4k0h4e"},                              // <
    {4, "0g4g 0j4j"},                           // =
    {4, "0k4h0e"},                              // >
    {4, "0l1n3n4l4j2h2g 2d2d"},                 // ?
    {6, "5e3d2d0f0l2n4n6l6g4g4k3k2j2h3g4h"},    // @
    {6, "0d3n6d 1g5g"},                         // A
    {6, "0d0n4n5m5j4i0i 4i5i6h6e5d0d"},         // B
    {6, "6l4n2n0l0f2d4d6f"},                    // C
    {6, "0d0n4n6l6f4d0d"},                      // D
    {5, "5d0d0n5n 0i4i"},                       // E
    {5, "0d0n5n 0i4i"},                         // F
    {6, "6l4n2n0l0f2d4d6f6i4i"},                // G
    {6, "0d0n 6d6n 0i6i"},                      // H
    {0, "0d0n"},                                // I
    {4, "4n4f3d1d0f"},                          // J
    {5, "0d0n 5n0h 2j5d"},                      // K
    {5, "0n0d5d"},                              // L
    {6, "0d0n3h6n6d"},                          // M
    {6, "0d0n6d6n"},                            // N
    {6, "2d4d6f6l4n2n0l0f2d"},                  // O
    {5, "0d0n4n5m5j4i0i"},                      // P
    {6, "2d4d6f6l4n2n0l0f2d 4g6d"},             // Q
    {5, "0d0n4n5m5j4i0i 3i5d"},                 // R
    {5, "5l4n1n0m0k1i4h5g5e4d1d0f"},            // S
    {6, "3d3n 0n6n"},                           // T
    {6, "0n0f2d4d6f6n"},                        // U
    {6, "0n3d6n"},                              // V
    {8, "0n2d4k6d8n"},                          // W
    {5, "0d5n 0n5d"},                           // X
    {6, "0n3i6n 3i3d"},                         // Y
    {5, "0n5n0d5d"},                            // Z
    {2, "2o0o0b2b"},                            // [
    {4, "0n4c"},                                // backslash
    {2, "0o2o2b0b"},                            // ]
    {4, "0k2n4k"},                              // ^
    {5, "0b5b"},                                // _
    {1, "0n1l"},                                // `
    {4, "4k4d 4i3k1k0i0f1d3d4f"},               // a
    {4, "0n0d 0f1d3d4f4i3k1k0i"},               // b
    {4, "4j3k1k0i0f1d3d4e"},                    // c
    {4, "4n4d 4i3k1k0i0f1d3d4f"},               // d
    {4, "0h4h4i3k1k0i0f1d3d4e"},                // e
    {3, "3n2n1m1d 0k3k"},                       // f
    {4, "4k4b3a1a0b 4i3k1k0i0f1d3d4f"},         // g
    {4, "0n0d 0i1k3k4i4d"},                     // h
    {0, "0k0d 0m0m"},                           // i
    {1, "1k1b0a 1m1m"},                         // j
    {4, "0n0d 4k0g 1h4d"},                      // k
    {1, "0n0e1d"},                              // l
    {6, "0k0d 0i1k2k3i3d 3i4k5k6i6d"},          // m
    {4, "0k0d 0i1k3k4i4d"},                     // n
    {4, "1d3d4f4i3k1k0i0f1d"},                  // o
    {4, "0k0a 0i1k3k4i4f3d1d0f"},               // p
    {4, "4k4a 4i3k1k0i0f1d3d4f"},               // q
    {3, "0k0d 0i1k3k"},                         // r
    {4, "4j3k1k0j0i4g4e3d1d0e"},                // s
    {3, "1n1e2d3d 0k3k"},                       // t
    {4, "0k0f1d3d4f 4k4d"},                     // u
    {4, "0k2d4k"},                              // v
    {6, "0k2d3j4d6k"},                          // w
    {4, "0k4d 0d4k"},                           // x
    {4, "0k2d 4k1a0a"},                         // y
    {4, "0k4k0d4d"},                            // z
    {2, "2o1n1j0i1h1c2b"},                      // {
    {0, "0o0b"},                                // |
    {2, "0o1n1j2i1h1c0b"},                      // }
    {4, "0h1i3g4h"},                            // ~
};
constexpr float cap_height = 10, letter_gap = 2.6f;

/// UTF-8 continuation bytes are skipped, what begins a letter beyond ASCII becomes '?'.
std::vector<const Glyph*> glyphs_of(const std::string& words) {
  std::vector<const Glyph*> result;
  for (char letter : words) {
    const auto c = static_cast<unsigned char>(letter);
    if ((c & 0xC0) != 0x80) result.push_back(&glyphs[c >= 32 && c < 127 ? c - 32 : '?' - 32]);
  }
  return result;
}

float distance_to_segment(float px, float py, const std::array<float, 4>& s) {
  const float dx = s[2] - s[0], dy = s[3] - s[1], length2 = dx * dx + dy * dy;
  const float t = length2 > 0 ? std::clamp(((px - s[0]) * dx + (py - s[1]) * dy) / length2, 0.f, 1.f) : 0.f;
  return std::hypot(px - s[0] - t * dx, py - s[1] - t * dy);
}

}  // namespace

void Canvas::blend(int x, int y, Rgb color, float opacity) {
  if (x < 0 || y < 0 || x >= width || y >= height || opacity <= 0) return;
  Rgb& p = pixel[static_cast<std::size_t>(y) * width + x];
  const auto mix = [opacity](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lround(a + (b - a) * std::min(opacity, 1.f)));
  };
  p = {mix(p.r, color.r), mix(p.g, color.g), mix(p.b, color.b)};
}

void Canvas::box(float x, float y, float w, float h, float corner, Rgb color, float opacity) {
  for (int py = static_cast<int>(y) - 1; py <= static_cast<int>(y + h) + 1; ++py)
    for (int px = static_cast<int>(x) - 1; px <= static_cast<int>(x + w) + 1; ++px) {
      const float dx = std::max(std::abs(px + 0.5f - x - w / 2) - w / 2 + corner, 0.f);
      const float dy = std::max(std::abs(py + 0.5f - y - h / 2) - h / 2 + corner, 0.f);
      blend(px, py, color, opacity * std::clamp(corner - std::hypot(dx, dy) + 0.5f, 0.f, 1.f));
    }
}

void Canvas::text(float x, float y, float size, const std::string& words, Rgb color) {
  const float unit = size / cap_height, half = std::max(0.75f, 0.62f * unit);
  for (const Glyph* glyph : glyphs_of(words)) {
    std::vector<std::array<float, 4>> segments;
    const char* c = glyph->strokes;
    for (bool first = true; *c;) {
      if (*c == ' ') {
        first = true;
        ++c;
        continue;
      }
      const float px = x + unit * static_cast<float>(c[0] - '0'), py = y - unit * static_cast<float>(c[1] - 'd');
      if (!first) segments.push_back({segments.back()[2], segments.back()[3], px, py});
      if (first) segments.push_back({px, py, px, py});
      first = false;
      c += 2;
    }
    const int left = static_cast<int>(x - 3), right = static_cast<int>(x + unit * glyph->width + 4);
    const int top = static_cast<int>(y - 1.3f * size - 2), bottom = static_cast<int>(y + 0.4f * size + 3);
    for (int py = top; py <= bottom && !segments.empty(); ++py)
      for (int px = left; px <= right; ++px) {
        float nearest = 1e9f;  // one distance to the whole letter, so that crossing strokes do not add up
        for (const auto& s : segments) nearest = std::min(nearest, distance_to_segment(px + 0.5f, py + 0.5f, s));
        blend(px, py, color, std::clamp(half - nearest + 0.5f, 0.f, 1.f));
      }
    x += unit * (static_cast<float>(glyph->width) + letter_gap);
  }
}

float Canvas::text_width(float size, const std::string& words) {
  float units = 0;
  for (const Glyph* glyph : glyphs_of(words)) units += static_cast<float>(glyph->width) + letter_gap;
  return std::max(0.f, units - letter_gap) * size / cap_height;
}

}  // namespace program
