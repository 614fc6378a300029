// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "drawing/splat.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "drawing/bands.h"

namespace program {

namespace {

/// A point on the raster; depth infinite when behind the camera.
struct Spot {
  float x = 0, y = 0, depth = nowhere, radius = 1;
};

std::vector<Spot> project(const Drawing& drawing, const Camera& camera) {
  std::vector<Spot> spots(drawing.size());
  for (std::size_t i = 0; i < spots.size(); ++i) {
    double d[3];
    for (int a = 0; a < 3; ++a) d[a] = drawing.position[i][a] - camera.eye[a];
    const auto along = [&](const Vec3& axis) { return d[0] * axis[0] + d[1] * axis[1] + d[2] * axis[2]; };
    const double depth = along(camera.forward);
    if (!(depth > 1e-6)) continue;
    const double scale = camera.focal / depth;
    const double x = camera.center_x + scale * along(camera.right), y = camera.center_y + scale * along(camera.down);
    if (std::abs(x) < 1e5 && std::abs(y) < 1e5)
      spots[i] = {static_cast<float>(x), static_cast<float>(y), static_cast<float>(depth), 1};
  }
  return spots;
}

/// Gaps between points as the picture shows them, from counts in tiles. Where one surface lies behind another this is
/// too small; the cloud's own spacing then decides, within limits. Returns the usual radius.
float choose_radii(std::vector<Spot>& spots, int width, int height, double world_radius, double focal, double factor) {
  constexpr int tile = 48;
  const int columns = width / tile + 1, rows = height / tile + 1;
  std::vector<float> count(static_cast<std::size_t>(columns) * rows, 0.f);
  const auto tile_of = [&](const Spot& s) {
    const int column = std::clamp(static_cast<int>(s.x) / tile, 0, columns - 1);
    return static_cast<std::size_t>(std::clamp(static_cast<int>(s.y) / tile, 0, rows - 1)) * columns + column;
  };
  for (const Spot& s : spots)
    if (s.depth < nowhere) ++count[tile_of(s)];
  std::vector<float> radius(count.size(), 0.f), occupied;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) {
      float sum = 0, tiles = 0;
      for (int y = std::max(r - 1, 0); y <= std::min(r + 1, rows - 1); ++y)
        for (int x = std::max(c - 1, 0); x <= std::min(c + 1, columns - 1); ++x)
          if (const float n = count[static_cast<std::size_t>(y) * columns + x]; n > 0) sum += n, ++tiles;
      const std::size_t at = static_cast<std::size_t>(r) * columns + c;
      if (count[at] == 0) continue;
      radius[at] = 0.8f * std::sqrt(tile * tile / std::max(count[at], sum / tiles));  // full tiles vouch for the rim
      occupied.push_back(radius[at]);
    }
  if (occupied.empty()) return 1;
  std::nth_element(occupied.begin(), occupied.begin() + occupied.size() / 2, occupied.end());
  const float middle = occupied[occupied.size() / 2];
  for (Spot& s : spots) {
    if (!(s.depth < nowhere)) continue;
    const float seen = std::min(radius[tile_of(s)], 1.6f * middle);
    const float own = static_cast<float>(world_radius * focal) / s.depth;
    s.radius = std::clamp(std::clamp(own, seen, 2.2f * seen) * static_cast<float>(factor), 1.25f, 40.f);
  }
  return middle;
}

/// The rows first..last-1 of the picture. Discs are slightly domed, so neighbours on one surface meet half-way.
void draw_rows(Raster& raster, const std::vector<Spot>& spots, const std::vector<Rgb>& color, double focal, int first,
               int last) {
  for (std::size_t i = 0; i < spots.size(); ++i) {
    const Spot& s = spots[i];
    if (!(s.depth < nowhere) || s.y + s.radius < first || s.y - s.radius > last) continue;
    const float r2 = s.radius * s.radius, dome = s.depth / static_cast<float>(focal) / s.radius;
    const int y0 = std::max(first, static_cast<int>(std::ceil(s.y - s.radius - 0.5f)));
    const int y1 = std::min(last - 1, static_cast<int>(std::floor(s.y + s.radius - 0.5f)));
    for (int y = y0; y <= y1; ++y) {
      const float dy = static_cast<float>(y) + 0.5f - s.y, half = std::sqrt(std::max(0.f, r2 - dy * dy));
      const int x0 = std::max(0, static_cast<int>(std::ceil(s.x - half - 0.5f)));
      const int x1 = std::min(raster.width - 1, static_cast<int>(std::floor(s.x + half - 0.5f)));
      for (int x = x0; x <= x1; ++x) {
        const float dx = static_cast<float>(x) + 0.5f - s.x;
        const float depth = s.depth + dome * (dx * dx + dy * dy);
        const std::size_t at = static_cast<std::size_t>(y) * raster.width + x;
        if (depth < raster.depth[at]) {
          raster.depth[at] = depth;
          raster.color[at] = color[i];
        }
      }
    }
  }
}

}  // namespace

float splat(Raster& raster, const Drawing& drawing, const std::vector<Rgb>& color, const Camera& camera, double factor,
            int threads) {
  // Seen from the sensor, points are evenly spread in the picture and not in space.
  const double world_radius = drawing.has_sensor ? 0 : 0.75 * point_spacing(drawing);
  auto spots = project(drawing, camera);
  const float usual = choose_radii(spots, raster.width, raster.height, world_radius, camera.focal, factor);
  in_bands(raster.height, threads,
           [&](int first, int last) { draw_rows(raster, spots, color, camera.focal, first, last); });
  return usual;
}

double point_spacing(const Drawing& drawing) {
  const Box box = box_of(drawing);
  const double longest = box.longest();
  if (!(longest > 0)) return 0;
  // A surface of N points fills N / 8 cells when a cell's side is sqrt(8) times their spacing.
  const auto n = static_cast<double>(drawing.size());
  std::vector<std::uint64_t> cell(drawing.size());
  for (int fine = 2048; fine >= 1; fine /= 2) {
    for (std::size_t i = 0; i < cell.size(); ++i) {
      cell[i] = 0;
      for (int a = 0; a < 3; ++a)
        cell[i] = cell[i] << 16 |
                  static_cast<std::uint64_t>((drawing.position[i][a] - box.low[a]) / longest * 0.999999 * fine);
    }
    std::sort(cell.begin(), cell.end());
    double cells = 1;
    for (std::size_t i = 1; i < cell.size(); ++i) cells += cell[i] != cell[i - 1];
    if (n >= 8 * cells || fine == 1) return longest / fine * std::sqrt(cells / n);
  }
  return 0;
}

}  // namespace program
