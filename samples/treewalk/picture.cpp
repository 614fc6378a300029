// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "picture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "camera.h"
#include "text.h"

namespace program {

namespace {

constexpr int fine = 2;  ///< samples per pixel and axis
constexpr float nowhere = std::numeric_limits<float>::infinity();

struct Theme {
  Rgb background, ink, quiet;
};
constexpr Theme light_theme{{255, 255, 255}, {30, 34, 40}, {115, 122, 132}};
constexpr Theme dark_theme{{18, 20, 24}, {236, 238, 242}, {150, 157, 168}};

/// A point on the fine raster; depth infinite when behind the camera.
struct Spot {
  float x = 0, y = 0, depth = nowhere, radius = 1;
};

struct Raster {
  int width = 0, height = 0;
  std::vector<float> depth;
  std::vector<Rgb> color;
  float at(int x, int y) const {
    return x < 0 || y < 0 || x >= width || y >= height ? nowhere : depth[static_cast<std::size_t>(y) * width + x];
  }
};

/// Runs work(first, last) on bands of rows, one thread each; rows are independent of each other.
template <class Work>
void in_bands(int rows, int threads, const Work& work) {
  if (threads <= 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  threads = std::clamp(threads, 1, std::max(1, rows / 64));
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t)
    others.emplace_back([&, t] { work(rows * t / threads, rows * (t + 1) / threads); });
  work(0, rows / threads);
  for (auto& other : others) other.join();
}

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

/// Discs as large as the gaps between points in their part of the picture, so that surfaces close and details stay.
void choose_radii(std::vector<Spot>& spots, int width, int height, double factor) {
  constexpr int tile = 48;
  const int columns = width / tile + 1, rows = height / tile + 1;
  std::vector<float> count(static_cast<std::size_t>(columns) * rows, 0.f);
  const auto tile_of = [&](const Spot& s) {
    const int cx = std::clamp(static_cast<int>(s.x) / tile, 0, columns - 1);
    return static_cast<std::size_t>(std::clamp(static_cast<int>(s.y) / tile, 0, rows - 1)) * columns + cx;
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
  if (occupied.empty()) return;
  std::nth_element(occupied.begin(), occupied.begin() + occupied.size() / 2, occupied.end());
  const float middle = occupied[occupied.size() / 2], most = std::min(1.6f * middle, 30.f);
  for (Spot& s : spots)
    s.radius = std::max(1.25f, std::min(radius[tile_of(s)], most) * static_cast<float>(factor));
}

/// Nearest disc wins; discs are slightly domed, so neighbours on one surface meet half-way.
void splat(Raster& raster, const std::vector<Spot>& spots, const std::vector<Rgb>& color, double focal, int first,
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

/// How far a sample lies below the line between two opposite neighbours, as a slope: 0 on planes however tilted,
/// positive in valleys and behind edges. Background counts as a continued plane.
float hollow(const Raster& raster, int x, int y, int dx, int dy, float depth) {
  const float a = raster.at(x + dx, y + dy), b = raster.at(x - dx, y - dy);
  if (a == nowhere || b == nowhere) return 0;
  return depth - 0.5f * (a + b);
}

/// Eye-dome shading: 1 where nothing shades, towards 0 in hollows and behind edges.
float shade(const Raster& raster, int x, int y, float depth, float focal, float reach) {
  float sum = 0;
  for (const float step : {reach, 3 * reach}) {
    const int r = std::max(1, static_cast<int>(step)), q = std::max(1, static_cast<int>(0.7f * step));
    const float unit = static_cast<float>(r) * depth / focal;
    float part = 0;
    for (const auto& [dx, dy] : {std::pair{r, 0}, {0, r}, {q, q}, {q, -q}})
      part += std::clamp(hollow(raster, x, y, dx, dy, depth) / unit, -0.5f, 3.f);
    sum += part;
  }
  return std::clamp(std::exp(-0.16f * sum), 0.25f, 1.12f);
}

/// Averages the fine samples of every pixel, shaded, over the background.
void resolve(Canvas& canvas, const Raster& raster, float focal, float reach, int first, int last) {
  for (int py = first; py < last; ++py)
    for (int px = 0; px < canvas.width; ++px) {
      float sum[3] = {0, 0, 0};
      int covered = 0;
      for (int y = py * fine; y < (py + 1) * fine; ++y)
        for (int x = px * fine; x < (px + 1) * fine; ++x) {
          const std::size_t at = static_cast<std::size_t>(y) * raster.width + x;
          if (raster.depth[at] == nowhere) continue;
          const float light = shade(raster, x, y, raster.depth[at], focal, reach);
          const Rgb c = raster.color[at];
          sum[0] += std::min(255.f, light * c.r);
          sum[1] += std::min(255.f, light * c.g);
          sum[2] += std::min(255.f, light * c.b);
          ++covered;
        }
      if (covered == 0) continue;
      Rgb& out = canvas.pixel[static_cast<std::size_t>(py) * canvas.width + px];
      const float rest = static_cast<float>(fine * fine - covered);
      const auto mix = [&](float s, std::uint8_t background) {
        return static_cast<std::uint8_t>((s + rest * background) / (fine * fine) + 0.5f);
      };
      out = {mix(sum[0], out.r), mix(sum[1], out.g), mix(sum[2], out.b)};
    }
}

struct Item {
  std::string words;
  Rgb color;
};

/// What the colours mean, for the strip below the cloud.
std::vector<Item> legend_items(const Drawing& drawing, Paint paint) {
  std::vector<Item> items;
  if (paint == Paint::confidence) return {{"confidence 0", ramp(0)}, {"0.5", ramp(0.5f)}, {"1", ramp(1)}};
  if (paint == Paint::height) return {{"low", ramp(0)}, {"middle", ramp(0.5f)}, {"high", ramp(1)}};
  if (paint != Paint::labels) return items;
  for (const auto& entry : drawing.legend)
    if (entry.points > 0)
      items.push_back({entry.name + "  " + percent(static_cast<double>(entry.points) /
                                                   static_cast<double>(std::max<std::size_t>(drawing.entry.size(), 1))),
                       entry.color});
  return items;
}

void draw_legend(Canvas& canvas, const std::vector<Item>& items, const Theme& theme, float size) {
  const float chip = 1.25f * size, gap = 0.7f * size, space = 2.6f * size;
  float total = 0;
  std::size_t shown = 0;
  for (; shown < items.size(); ++shown) {
    const float item = chip + gap + Canvas::text_width(size, items[shown].words) + (shown ? space : 0);
    if (total + item > 0.86f * static_cast<float>(canvas.width)) break;
    total += item;
  }
  const std::string more = shown < items.size() ? "+ " + std::to_string(items.size() - shown) + " more" : "";
  if (!more.empty()) total += space + Canvas::text_width(size, more);
  float x = (static_cast<float>(canvas.width) - total) / 2;
  const float baseline = static_cast<float>(canvas.height) - 1.9f * size;
  for (std::size_t i = 0; i < shown; ++i) {
    canvas.box(x, baseline - size / 2 - chip / 2, chip, chip, 0.3f * chip, items[i].color, 1);
    x += chip + gap;
    canvas.text(x, baseline, size, items[i].words, theme.ink);
    x += Canvas::text_width(size, items[i].words) + space;
  }
  canvas.text(x, baseline, size, more, theme.quiet);
}

}  // namespace

Canvas draw_picture(const Drawing& drawing, const PictureOptions& options) {
  const Theme& theme = options.dark ? dark_theme : light_theme;
  Canvas canvas(options.width, options.height, theme.background);
  const float size = std::max(9.f, 0.0085f * static_cast<float>(std::min(options.width, 2 * options.height)));
  const Paint paint = paint_for(drawing, options.paint);

  Raster raster;
  raster.width = fine * options.width;
  raster.height = fine * options.height;
  const auto samples = static_cast<std::size_t>(raster.width) * raster.height;
  raster.depth.assign(samples, nowhere);
  raster.color.resize(samples);

  const double margin = 2.2 * size * fine;
  const Camera camera = choose_camera(
      drawing, {margin, 2.2 * margin, raster.width - margin, raster.height - 2.4 * margin}, options.azimuth,
      options.elevation);
  auto spots = project(drawing, camera);
  choose_radii(spots, raster.width, raster.height, options.point_size);
  float mean_radius = 0;
  for (const Spot& s : spots) mean_radius += s.radius / static_cast<float>(spots.size());
  const auto color = painted(drawing, paint);
  in_bands(raster.height, options.threads,
           [&](int first, int last) { splat(raster, spots, color, camera.focal, first, last); });
  const auto focal = static_cast<float>(camera.focal);
  const float reach = std::clamp(1.2f * mean_radius, 2.f, 16.f);
  in_bands(canvas.height, options.threads,
           [&](int first, int last) { resolve(canvas, raster, focal, reach, first, last); });

  draw_legend(canvas, legend_items(drawing, paint), theme, size);
  canvas.text(2.2f * size, 3.2f * size, 1.1f * size, drawing.title, theme.ink);
  const std::string below = plural(static_cast<std::int64_t>(drawing.size()), "point");
  canvas.text(2.2f * size, 5.4f * size, 0.9f * size, below, theme.quiet);
  return canvas;
}

}  // namespace program
