// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "commands/footprint.h"

#include <algorithm>
#include <cmath>

namespace program {

namespace {

/// A hair wider than the reach, so that no rounding of a coordinate takes a point out of it.
double finest_side(double reach) { return reach * (1 + 1e-6) / kCellsInReach; }

/// Calls use(index, cell) with the cell of each point.
template <class Use>
void for_each_cell(const treewalk::CloudView& cloud, const std::vector<std::int32_t>& point, const CellGrid& grid,
                   const Use& use) {
  const treewalk::Field &x = cloud.at("x"), &y = cloud.at("y");
  for (const std::int32_t i : point) use(i, grid.cell(cloud.value(i, x), cloud.value(i, y)));
}

}  // namespace

CellGrid::CellGrid(double reach, int level) : inverse_(std::ldexp(1 / finest_side(reach), -level)), level_(level) {
  const double radius = std::ldexp(static_cast<double>(kCellsInReach), -level);
  const auto most = static_cast<std::int32_t>(std::floor(radius)) + 1;
  for (std::int32_t x = -most; x <= most; ++x)
    for (std::int32_t y = -most; y <= most; ++y) {
      const int dx = std::max(std::abs(x) - 1, 0), dy = std::max(std::abs(y) - 1, 0);  // between the cells' sides
      if (dx * dx + dy * dy <= radius * radius) near_.emplace_back(x, y);
    }
}

Cell CellGrid::cell(double x, double y) const {
  const double limit = std::ldexp(1.0, 30 - level_);
  const auto index = [&](double value) {
    return static_cast<std::int32_t>(std::clamp(std::floor(value * inverse_), -limit, limit - 1));
  };
  return cell_at(index(x), index(y));
}

Footprint footprint_of(const treewalk::CloudView& cloud, const std::vector<std::int32_t>& point, double reach,
                       std::size_t most) {
  Footprint footprint;
  footprint.size = static_cast<std::int64_t>(point.size());
  CellGrid grid(reach, 0);
  Cell last = 0;
  std::int64_t* count = nullptr;  // neighbours in a file are neighbours in the world
  for_each_cell(cloud, point, grid, [&](std::int32_t, Cell cell) {
    for (int l = 0; l < footprint.level; ++l) cell = cell_at(x_of(cell) >> 1, y_of(cell) >> 1);
    if (count == nullptr || cell != last) count = &footprint.points[cell];
    last = cell;
    ++*count;
    if (footprint.points.size() <= most) return;
    coarsen(footprint, footprint.level + 1);
    count = nullptr;
  });
  return footprint;
}

void coarsen(Footprint& footprint, int level) {
  const int halvings = level - footprint.level;
  if (halvings == 0) return;
  std::unordered_map<Cell, std::int64_t> points;
  for (const auto& [cell, count] : footprint.points)
    points[cell_at(x_of(cell) >> halvings, y_of(cell) >> halvings)] += count;
  footprint.points = std::move(points);
  footprint.level = level;
}

bool any_within(const Footprint& footprint, double reach, const std::array<double, 2>& least,
                const std::array<double, 2>& greatest) {
  const CellGrid grid(reach, footprint.level);
  const Cell low = grid.cell(least[0], least[1]), high = grid.cell(greatest[0], greatest[1]);
  return std::any_of(footprint.points.begin(), footprint.points.end(), [&](const auto& entry) {
    const Cell cell = entry.first;
    return x_of(low) <= x_of(cell) && x_of(cell) <= x_of(high) && y_of(low) <= y_of(cell) && y_of(cell) <= y_of(high);
  });
}

bool are_near(const Footprint& one, const Footprint& other, const CellGrid& grid) {
  return std::any_of(one.points.begin(), one.points.end(), [&](const auto& entry) {
    bool near = false;
    grid.for_each_near(entry.first, [&](Cell cell) { near = near || other.points.count(cell) > 0; });
    return near;
  });
}

std::vector<std::int32_t> points_in(const treewalk::CloudView& cloud, const std::vector<std::int32_t>& point,
                                    const CellGrid& grid, const std::unordered_set<Cell>& cells) {
  std::vector<std::int32_t> found;
  Cell last = 0;
  bool known = false, inside = false;
  for_each_cell(cloud, point, grid, [&](std::int32_t i, Cell cell) {
    if (!known || cell != last) inside = cells.count(cell) > 0;
    known = true;
    last = cell;
    if (inside) found.push_back(i);
  });
  return found;
}

std::vector<std::int32_t> finite_points(const treewalk::CloudView& cloud) {
  const treewalk::Field &x = cloud.at("x"), &y = cloud.at("y"), &z = cloud.at("z");
  std::vector<std::int32_t> point;
  for (std::int64_t i = 0; i < cloud.size; ++i)
    if (std::isfinite(cloud.value(i, x)) && std::isfinite(cloud.value(i, y)) && std::isfinite(cloud.value(i, z)))
      point.push_back(static_cast<std::int32_t>(i));
  return point;
}

}  // namespace program
