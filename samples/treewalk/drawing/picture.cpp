// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "drawing/picture.h"

#include <algorithm>
#include <cmath>

#include "drawing/bands.h"
#include "drawing/camera.h"
#include "drawing/shading.h"
#include "drawing/splat.h"
#include "text.h"

namespace program {

namespace {

constexpr int fine = 2;  ///< samples per pixel and axis

struct Theme {
  Rgb background, ink, quiet;
};
constexpr Theme light_theme{{255, 255, 255}, {30, 34, 40}, {115, 122, 132}};
constexpr Theme dark_theme{{18, 20, 24}, {236, 238, 242}, {150, 157, 168}};

/// Colour of every pixel: the mean of its fine samples, lit, over the background.
void resolve(Canvas& canvas, const DepthImage& depth, const Raster& raster, const std::vector<float>& bright, int first,
             int last) {
  for (int py = first; py < last; ++py)
    for (int px = 0; px < canvas.width; ++px) {
      const std::size_t pixel = static_cast<std::size_t>(py) * canvas.width + px;
      if (depth.depth[pixel] == nowhere) continue;
      float sum[3] = {0, 0, 0};
      int covered = 0;
      for (int y = py * fine; y < (py + 1) * fine; ++y)
        for (int x = px * fine; x < (px + 1) * fine; ++x) {
          const std::size_t at = static_cast<std::size_t>(y) * raster.width + x;
          if (raster.depth[at] == nowhere) continue;
          const Rgb c = raster.color[at];
          sum[0] += c.r, sum[1] += c.g, sum[2] += c.b;
          ++covered;
        }
      Rgb& out = canvas.pixel[pixel];
      const float rest = static_cast<float>(fine * fine - covered);
      const auto mix = [&](float s, std::uint8_t background) {
        const float lit = std::min(bright[pixel] * s, 255.f * static_cast<float>(covered));
        return static_cast<std::uint8_t>(std::lround((lit + rest * background) / (fine * fine)));
      };
      out = {mix(sum[0], out.r), mix(sum[1], out.g), mix(sum[2], out.b)};
    }
}

/// Depth of the nearest sample in every pixel.
DepthImage pixel_depth(const Raster& raster) {
  DepthImage image{raster.width / fine, raster.height / fine, {}};
  image.depth.assign(static_cast<std::size_t>(image.width) * image.height, nowhere);
  for (int y = 0; y < image.height * fine; ++y)
    for (int x = 0; x < image.width * fine; ++x) {
      float& nearest = image.depth[static_cast<std::size_t>(y / fine) * image.width + x / fine];
      nearest = std::min(nearest, raster.depth[static_cast<std::size_t>(y) * raster.width + x]);
    }
  return image;
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
      items.push_back({entry.name + "  " +
                           percent(static_cast<double>(entry.points) /
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

  Raster raster(fine * options.width, fine * options.height);
  const double margin = 2.2 * size * fine;
  const Camera camera =
      choose_camera(drawing, {margin, 2.2 * margin, raster.width - margin, raster.height - 2.4 * margin},
                    options.azimuth, options.elevation);
  const float radius =
      splat(raster, drawing, painted(drawing, paint), camera, options.point_size, options.threads) / fine;
  const DepthImage depth = pixel_depth(raster);
  auto bright =
      shading(depth, static_cast<float>(camera.focal) / fine, std::clamp(1.2f * radius, 4.f, 8.f), options.threads);
  if (paint == Paint::colors)  // real colours carry light and shadow of their own
    for (float& b : bright) b = 0.4f + 0.6f * b;
  in_bands(canvas.height, options.threads,
           [&](int first, int last) { resolve(canvas, depth, raster, bright, first, last); });

  draw_legend(canvas, legend_items(drawing, paint), theme, size);
  canvas.text(2.2f * size, 3.2f * size, 1.1f * size, drawing.title, theme.ink);
  const std::string below = plural(static_cast<std::int64_t>(drawing.size()), "point");
  canvas.text(2.2f * size, 5.4f * size, 0.9f * size, below, theme.quiet);
  return canvas;
}

}  // namespace program
