// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/cloud.h>

#include <array>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

/// Where the points of a file are, seen from above, in cells so coarse that a stray costs no more than one of them.
namespace program {

/// The reach of a model is so many sides of the finest cells.
constexpr int kCellsInReach = 8;

/// Square cells, by their x and y in one number.
using Cell = std::uint64_t;
constexpr Cell cell_at(std::int32_t x, std::int32_t y) {
  return Cell{static_cast<std::uint32_t>(x)} << 32 | static_cast<std::uint32_t>(y);
}
constexpr std::int32_t x_of(Cell cell) { return static_cast<std::int32_t>(cell >> 32); }
constexpr std::int32_t y_of(Cell cell) { return static_cast<std::int32_t>(cell & 0xFFFFFFFF); }

/// Finds cells of points. Corners lie at multiples of the side. Far beyond 2^30 finest cells, points are drawn nearer.
class CellGrid {
 public:
  /// reach: of the model, in the units of the points, finite and above 0. Of level l cells are 2^l of the finest wide.
  CellGrid(double reach, int level);
  Cell cell(double x, double y) const;
  /// Calls use(cell) with all cells that hold a place within reach of any place in that one, itself among them.
  template <class Use>
  void for_each_near(Cell cell, const Use& use) const {
    for (const auto& [x, y] : near_) use(cell_at(x_of(cell) + x, y_of(cell) + y));
  }
  int level() const { return level_; }

 private:
  double inverse_;
  int level_;
  std::vector<std::pair<std::int32_t, std::int32_t>> near_;
};

/// Points of a file by cells.
struct Footprint {
  int level = 0;
  std::unordered_map<Cell, std::int64_t> points;  ///< of each cell that has any
  std::int64_t size = 0;                          ///< their sum
};

/// point: those that count, with finite coordinates. The cells are the finest of which the file has no more than
/// `most`.
Footprint footprint_of(const treewalk::CloudView& cloud, const std::vector<std::int32_t>& point, double reach,
                       std::size_t most = 16384);

/// The same in cells of a level that is no lower.
void coarsen(Footprint& footprint, int level);

/// Whether any cell with points of the file meets this rectangle. reach: with which the footprint was made.
bool any_within(const Footprint& footprint, double reach, const std::array<double, 2>& least,
                const std::array<double, 2>& greatest);

/// Whether points of two files may be within reach of each other. footprints: of the grid's level.
bool are_near(const Footprint& one, const Footprint& other, const CellGrid& grid);

/// Of some points those that lie in one of the cells.
std::vector<std::int32_t> points_in(const treewalk::CloudView& cloud, const std::vector<std::int32_t>& point,
                                    const CellGrid& grid, const std::unordered_set<Cell>& cells);

/// Points of which all coordinates are finite, ascending.
std::vector<std::int32_t> finite_points(const treewalk::CloudView& cloud);

}  // namespace program
