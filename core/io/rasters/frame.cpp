// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/rasters/frame.h"

#include <algorithm>
#include <limits>
#include <string>

namespace treewalk {
namespace {

constexpr std::int64_t most_along = 4'000'000;
constexpr double exact = 1e15;  // whole numbers up to here differ from their neighbours by less than a quantum

}  // namespace

MapFrame frame_of(const CloudView& cloud, const std::vector<PointUse>& use, double cell) {
  if (!(cell > 0) || !std::isfinite(cell)) throw Error("the side of a raster's cells must be a number above 0");
  if (use.size() != static_cast<std::size_t>(cloud.size))
    throw Error("a raster of " + std::to_string(cloud.size) + " points was told the use of " +
                std::to_string(use.size()));
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double west = infinity, east = -infinity, south = infinity, north = -infinity;
  for_each_used(cloud, use, [&](std::int64_t, const Positions::Point& p) {
    west = std::min(west, p.x), east = std::max(east, p.x);
    south = std::min(south, p.y), north = std::max(north, p.y);
  });
  if (west > east) throw Error("a raster needs at least one point with finite coordinates");
  MapFrame frame;
  frame.cell = cell;
  frame.first_column = std::floor(west / cell);
  frame.first_row = std::floor(south / cell);
  const double columns = std::floor(east / cell) - frame.first_column + 1;
  const double rows = std::floor(north / cell) - frame.first_row + 1;
  const double furthest = std::max({std::abs(west), std::abs(east), std::abs(south), std::abs(north)}) / cell;
  if (!(std::max(columns, rows) <= most_along) || !(furthest < exact)) {
    char sentence[200];
    std::snprintf(sentence, sizeof sentence,
                  "a raster of %.10g x %.10g cells of %.6g is too large: take larger cells, or a part of the cloud",
                  columns, rows, cell);
    throw Error(sentence);
  }
  frame.width = static_cast<std::int64_t>(columns);
  frame.height = static_cast<std::int64_t>(rows);
  frame.shift = 20;
  while (std::max(frame.width, frame.height) << frame.shift > std::int64_t{1} << 30) --frame.shift;
  return frame;
}

HeightMap MapFrame::empty_map() const {
  HeightMap map;
  map.west = first_column * cell;
  map.north = (first_row + static_cast<double>(height)) * cell;
  map.cell = cell;
  map.width = width;
  map.height = height;
  map.value.assign(static_cast<std::size_t>(size()), HeightMap::no_data);
  return map;
}

}  // namespace treewalk
