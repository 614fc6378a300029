// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "drawing/shading.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "drawing/bands.h"
#include "drawing/splat.h"

namespace program {

namespace {

float at(const DepthImage& image, int x, int y) {
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return nowhere;
  return image.depth[static_cast<std::size_t>(y) * image.width + x];
}

/// Mean along rows (dx 1) or columns (dy 1) over the neighbours on the same surface: those no farther in depth than a
/// steep surface would be.
DepthImage smoothed(const DepthImage& image, int dx, int dy, float focal, int reach, int threads) {
  DepthImage result = image;
  in_bands(image.height, threads, [&](int first, int last) {
    for (int y = first; y < last; ++y)
      for (int x = 0; x < image.width; ++x) {
        const float depth = at(image, x, y);
        if (depth == nowhere) continue;
        const float limit = 3 * static_cast<float>(reach) * depth / focal;
        float sum = 0, count = 0;
        for (int k = 1; k <= reach; ++k) {  // in pairs, so that a tilted plane stays where it is
          const float a = at(image, x + k * dx, y + k * dy), b = at(image, x - k * dx, y - k * dy);
          if (!(std::abs(a - depth) < limit && std::abs(b - depth) < limit)) continue;
          sum += a + b;
          count += 2;
        }
        result.depth[static_cast<std::size_t>(y) * image.width + x] = (depth + sum) / (1 + count);
      }
  });
  return result;
}

/// How far a pixel lies below the line between two opposite neighbours: 0 on planes however tilted, positive in
/// valleys and behind edges. Background counts as a continued plane.
float hollow(const DepthImage& image, int x, int y, int dx, int dy, float depth) {
  const float a = at(image, x + dx, y + dy), b = at(image, x - dx, y - dy);
  return a == nowhere || b == nowhere ? 0 : depth - 0.5f * (a + b);
}

float eye_dome(const DepthImage& image, int x, int y, float depth, float focal, float reach) {
  float sum = 0;
  for (const float step : {reach, 2.5f * reach}) {
    const int r = std::max(1, static_cast<int>(step)), q = std::max(1, static_cast<int>(0.7f * step));
    const float unit = static_cast<float>(r) * depth / focal;
    for (const auto& [dx, dy] : {std::pair{r, 0}, {0, r}, {q, q}, {q, -q}}) {
      const float h = hollow(image, x, y, dx, dy, depth) / unit;
      sum += h > 0 ? h / (1 + 0.6f * h) : std::max(h, -0.6f);  // deep behind an edge is no darker than just behind it
    }
  }
  return std::exp(-0.11f * sum);
}

/// Depth's change per pixel in one direction, in pixels of the same size; from one side where the other is missing or
/// lies beyond an edge.
float slope(const DepthImage& image, int x, int y, int dx, int dy, int step, float depth, float focal) {
  const float unit = static_cast<float>(step) * depth / focal, steep = 4;
  const float after = (at(image, x + step * dx, y + step * dy) - depth) / unit;
  const float before = (depth - at(image, x - step * dx, y - step * dy)) / unit;
  const bool has_after = std::abs(after) < steep, has_before = std::abs(before) < steep;
  if (has_after && has_before) return 0.5f * (after + before);
  return has_after ? after : has_before ? before : 0;
}

float light(const DepthImage& image, int x, int y, float depth, float focal, float reach) {
  const int step = std::max(1, static_cast<int>(reach));
  const float gx = slope(image, x, y, 1, 0, step, depth, focal), gy = slope(image, x, y, 0, 1, step, depth, focal);
  const float towards = (0.62f - 0.48f * gx - 0.62f * gy) / std::sqrt(gx * gx + gy * gy + 1);
  return 0.66f + 0.42f * std::max(0.f, towards);
}

}  // namespace

std::vector<float> shading(const DepthImage& image, float focal, float reach, int threads) {
  const int width_of_mean = std::max(1, static_cast<int>(std::lround(reach)));
  DepthImage smooth = image;
  for (int round = 0; round < 2; ++round) {
    smooth = smoothed(smooth, 1, 0, focal, width_of_mean, threads);
    smooth = smoothed(smooth, 0, 1, focal, width_of_mean, threads);
  }
  std::vector<float> result(image.depth.size(), 1.f);
  in_bands(image.height, threads, [&](int first, int last) {
    for (int y = first; y < last; ++y)
      for (int x = 0; x < image.width; ++x) {
        const float depth = at(smooth, x, y);
        if (depth == nowhere) continue;
        const float value = eye_dome(smooth, x, y, depth, focal, reach) * light(smooth, x, y, depth, focal, reach);
        result[static_cast<std::size_t>(y) * image.width + x] = std::clamp(value, 0.28f, 1.15f);
      }
  });
  return result;
}

}  // namespace program
