// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/terrain.h"

#include <algorithm>
#include <limits>

#include "core/io/rasters/frame.h"
#include "core/io/rasters/nearest_square.h"
#include "core/io/rasters/triangles.h"

namespace treewalk {
namespace {

/// Bytes a square: of both models and, of one of them, numbers of points or of rows, and which squares hold points.
constexpr std::int64_t bytes_of_square = 4 + 4 + 4 + 1;

/// The points of the ground that are looked at: places and heights.
struct Ground {
  std::vector<Site> site;
  std::vector<float> z;
  std::int32_t add(const Site& at, double height) {
    site.push_back(at);
    z.push_back(static_cast<float>(height));
    return static_cast<std::int32_t>(site.size() - 1);
  }
};

/// The outermost points of each row or column of squares, so that the triangles reach as far as the ground does.
class Outermost {
 public:
  explicit Outermost(std::int64_t lines) : line_(static_cast<std::size_t>(lines)) {}
  void take(std::int64_t line, std::int64_t along, const Site& site, double z) {
    End* ends = line_[static_cast<std::size_t>(line)].data();
    if (along < ends[0].along) ends[0] = {along, site, z};
    if (-along < ends[1].along) ends[1] = {-along, site, z};
  }
  void add_to(Ground& ground) const {
    for (const auto& ends : line_)
      for (const End& end : ends)
        if (end.along != nowhere) ground.add(end.site, end.z);
  }

 private:
  static constexpr std::int64_t nowhere = std::numeric_limits<std::int64_t>::max();
  struct End {
    std::int64_t along = nowhere;
    Site site{};
    double z = 0;
  };
  std::vector<std::array<End, 2>> line_;
};

Ground ground_of(const CloudView& cloud, const std::vector<PointUse>& use, const MapFrame& frame) {
  std::vector<std::int32_t> nearest(static_cast<std::size_t>(frame.size()), -1);
  Ground ground;
  Outermost of_rows(frame.height), of_columns(frame.width);
  const std::int64_t mask = (std::int64_t{1} << frame.shift) - 1, middle = std::int64_t{1} << frame.shift >> 1;
  const auto from_middle = [&](const Site& site) {
    const std::int64_t dx = (site.x & mask) - middle, dy = (site.y & mask) - middle;
    return dx * dx + dy * dy;
  };
  for_each_used(cloud, use, [&](std::int64_t i, const Positions::Point& p) {
    if (use[static_cast<std::size_t>(i)] != PointUse::ground) return;
    const std::int64_t x = frame.quanta_x(p.x), y = frame.quanta_y(p.y);
    const Site site{static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)};
    of_rows.take(y >> frame.shift, x, site, p.z);
    of_columns.take(x >> frame.shift, y, site, p.z);
    std::int32_t& at = nearest[static_cast<std::size_t>(frame.square(x, y))];
    if (at < 0) {
      at = ground.add(site, p.z);
    } else if (from_middle(site) < from_middle(ground.site[at])) {
      ground.site[at] = site;
      ground.z[at] = static_cast<float>(p.z);
    }
  });
  of_rows.add_to(ground);  // behind those of squares, which go before them where they are in the same
  of_columns.add_to(ground);
  return ground;
}

/// Twice the area of the triangle (a, b, p), above 0 where it turns to the left. No product is above 2^60.
std::int64_t cross(const Site& a, const Site& b, std::int64_t x, std::int64_t y) {
  return (std::int64_t{b.x} - a.x) * (y - a.y) - (std::int64_t{b.y} - a.y) * (x - a.x);
}

/// The columns whose middles may lie in the triangle at the height y: all that do are among them.
std::pair<std::int64_t, std::int64_t> columns_at(const std::array<Site, 3>& corner, std::int64_t y, int shift) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (int k = 0; k < 3; ++k) {
    const Site &a = corner[k], &b = corner[(k + 1) % 3];
    if (std::min(a.y, b.y) > y || std::max(a.y, b.y) < y) continue;
    const double share = a.y == b.y ? 0 : static_cast<double>(y - a.y) / (static_cast<double>(b.y) - a.y);
    const double x = a.x + share * (static_cast<double>(b.x) - a.x);
    low = std::min({low, x, a.y == b.y ? static_cast<double>(b.x) : x});
    high = std::max({high, x, a.y == b.y ? static_cast<double>(b.x) : x});
  }
  constexpr double rounding = 1e-3;
  return {static_cast<std::int64_t>(std::ceil(std::ldexp(low, -shift) - 0.5 - rounding)),
          static_cast<std::int64_t>(std::floor(std::ldexp(high, -shift) - 0.5 + rounding))};
}

/// Heights of the squares whose middles lie in a triangle or on its sides.
void draw_triangle(const Ground& ground, const std::array<std::int32_t, 3>& triangle, const MapFrame& frame,
                   HeightMap& map) {
  std::array<Site, 3> corner;
  std::array<double, 3> z;
  for (int k = 0; k < 3; ++k) corner[k] = ground.site[triangle[k]], z[k] = ground.z[triangle[k]];
  const std::int64_t area = cross(corner[0], corner[1], corner[2].x, corner[2].y);
  if (area <= 0) return;  // of corners that a circle's rounding put out of order
  const auto [lowest, highest] = std::minmax({corner[0].y, corner[1].y, corner[2].y});
  const std::int64_t step = std::int64_t{1} << frame.shift, half = step / 2;
  for (std::int64_t row = (lowest + half - 1) >> frame.shift; row * step + half <= highest; ++row) {
    const std::int64_t y = row * step + half;
    const auto [first, last] = columns_at(corner, y, frame.shift);
    for (std::int64_t column = first; column <= last; ++column) {
      const std::int64_t x = column * step + half;
      const std::int64_t a = cross(corner[1], corner[2], x, y), b = cross(corner[2], corner[0], x, y);
      const std::int64_t c = area - a - b;
      if (a < 0 || b < 0 || c < 0) continue;
      map.value[static_cast<std::size_t>(frame.square(x, y))] = static_cast<float>(
          (static_cast<double>(a) * z[0] + static_cast<double>(b) * z[1] + static_cast<double>(c) * z[2]) /
          static_cast<double>(area));
    }
  }
}

/// Squares without a height take that of the nearest that has one, if it is no further than `most` squares.
void spread(HeightMap& map, double most) {
  std::vector<float>& value = map.value;
  NearestSquare nearest(map.width, map.height, [&](std::int64_t i) { return value[i] != HeightMap::no_data; });
  for (std::int64_t row = 0; row < map.height; ++row)
    nearest.visit_row(row, [&](std::int64_t square, std::int64_t other, std::int64_t squared) {
      if (squared > 0 && static_cast<double>(squared) <= most * most) value[square] = value[other];
    });
}

/// Squares that are further than `most` squares from any that holds a point lose their height.
void cut(HeightMap& map, const std::vector<bool>& holds, double most) {
  NearestSquare nearest(map.width, map.height, [&](std::int64_t i) { return holds[i]; });
  for (std::int64_t row = 0; row < map.height; ++row)
    nearest.visit_row(row, [&](std::int64_t square, std::int64_t, std::int64_t squared) {
      if (static_cast<double>(squared) > most * most) map.value[square] = HeightMap::no_data;
    });
}

std::vector<bool> squares_with_points(const CloudView& cloud, const std::vector<PointUse>& use, const MapFrame& frame) {
  std::vector<bool> holds(static_cast<std::size_t>(frame.size()));
  for_each_used(cloud, use, [&](std::int64_t, const Positions::Point& p) {
    holds[static_cast<std::size_t>(frame.square(frame.quanta_x(p.x), frame.quanta_y(p.y)))] = true;
  });
  return holds;
}

}  // namespace

std::int64_t terrain_bytes(const CloudView& cloud, const std::vector<PointUse>& use, double cell) {
  const MapFrame frame = frame_of(cloud, use, cell);
  const std::int64_t ground = std::count(use.begin(), use.end(), PointUse::ground);
  const std::int64_t lines = 2 * (frame.width + frame.height);  // each has two ends
  return frame.size() * bytes_of_square + std::min(ground, frame.size() + lines) * bytes_of_site + 40 * lines;
}

HeightMap terrain_model(const CloudView& cloud, const std::vector<PointUse>& use, const TerrainOptions& options) {
  if (options.max_gap < 0 || std::isnan(options.max_gap)) throw Error("a raster's gaps must be 0 or longer");
  const MapFrame frame = frame_of(cloud, use, options.cell);
  Ground ground = ground_of(cloud, use, frame);
  if (ground.site.empty()) throw Error("no point with finite coordinates is of the ground");
  HeightMap map = frame.empty_map();
  for (const auto& triangle : triangles_of(ground.site)) draw_triangle(ground, triangle, frame, map);
  const auto at = [&](std::size_t k) {
    return static_cast<std::size_t>(frame.square(ground.site[k].x, ground.site[k].y));
  };
  for (std::size_t k = 0; k < ground.site.size(); ++k)
    if (map.value[at(k)] == HeightMap::no_data) map.value[at(k)] = ground.z[k];
  if (!options.fill) {
    std::vector<bool> holds(map.value.size());
    for (std::size_t k = 0; k < ground.site.size(); ++k) holds[at(k)] = true;
    for (std::size_t i = 0; i < map.value.size(); ++i)
      if (!holds[i]) map.value[i] = HeightMap::no_data;
    return map;
  }
  ground = {};
  const double most = options.max_gap > 0 ? options.max_gap / options.cell : 50;
  spread(map, most);
  cut(map, squares_with_points(cloud, use, frame), most);
  return map;
}

HeightMap surface_model(const CloudView& cloud, const std::vector<PointUse>& use, double cell) {
  const MapFrame frame = frame_of(cloud, use, cell);
  HeightMap map = frame.empty_map();
  for_each_used(cloud, use, [&](std::int64_t, const Positions::Point& p) {
    float& value = map.value[static_cast<std::size_t>(frame.square(frame.quanta_x(p.x), frame.quanta_y(p.y)))];
    const auto z = static_cast<float>(p.z);
    if (value == HeightMap::no_data || z > value) value = z;
  });
  return map;
}

std::vector<float> height_above(const CloudView& cloud, const HeightMap& terrain) {
  const Positions positions(cloud);
  std::vector<float> result(static_cast<std::size_t>(cloud.size), std::numeric_limits<float>::quiet_NaN());
  for (std::int64_t i = 0; i < cloud.size; ++i) {
    const auto p = positions[i];
    if (!Positions::finite(p)) continue;
    const double u = (p.x - terrain.west) / terrain.cell - 0.5, v = (terrain.north - p.y) / terrain.cell - 0.5;
    if (!(u > -1 && v > -1 && u < static_cast<double>(terrain.width) && v < static_cast<double>(terrain.height)))
      continue;
    const double left = std::floor(u), top = std::floor(v);
    double sum = 0, weight = 0;
    for (int k = 0; k < 4; ++k) {
      const std::int64_t column = static_cast<std::int64_t>(left) + k % 2, row = static_cast<std::int64_t>(top) + k / 2;
      if (column < 0 || row < 0 || column >= terrain.width || row >= terrain.height) continue;
      const float ground = terrain.value[static_cast<std::size_t>(row * terrain.width + column)];
      const double share = (k % 2 ? u - left : left + 1 - u) * (k / 2 ? v - top : top + 1 - v);
      if (ground == HeightMap::no_data || share == 0) continue;
      sum += share * ground;
      weight += share;
    }
    if (weight > 0) result[static_cast<std::size_t>(i)] = static_cast<float>(p.z - sum / weight);
  }
  return result;
}

}  // namespace treewalk
