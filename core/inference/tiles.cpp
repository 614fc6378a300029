// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/tiles.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "core/device/in_out.h"
#include "core/inference/memory.h"
#include "core/inference/memory_limit.h"
#include "core/network/reach.h"
#include "core/scene/normalise.h"

namespace treewalk {
namespace {

using Place = std::array<std::int32_t, 3>;

void append(CellRuns& runs, std::int64_t cell) {
  if (!runs.empty() && runs.back().second == cell)
    ++runs.back().second;
  else
    runs.emplace_back(cell, cell + 1);
}

struct Splitter {
  const TileCells& cells;
  Margins margins;
  double max_cost;
  const std::vector<Place>& place = cells.place;
  std::vector<Tile> tiles{};

  struct Box {
    Place low, high;
    int longest() const {
      int axis = 0;
      for (int a = 1; a < 3; ++a)
        if (high[a] - low[a] > high[axis] - low[axis]) axis = a;
      return axis;
    }
  };
  Box box_of(const std::vector<std::int32_t>& own) const {
    Box box{place[own[0]], place[own[0]]};
    for (const auto c : own)
      for (int a = 0; a < 3; ++a) {
        box.low[a] = std::min(box.low[a], place[c][a]);
        box.high[a] = std::max(box.high[a], place[c][a]);
      }
    return box;
  }

  /// The cells within so many around the box.
  CellRuns around(const Box& box, std::int64_t margin) const {
    CellRuns runs;
    for (std::size_t c = 0; c < place.size(); ++c) {
      bool near = true;
      for (int a = 0; a < 3; ++a) near &= place[c][a] >= box.low[a] - margin && place[c][a] <= box.high[a] + margin;
      if (near) append(runs, static_cast<std::int64_t>(c));
    }
    return runs;
  }

  double cost_of(const CellRuns& runs) const {
    double cost = 0;
    for (const auto& [begin, end] : runs)
      for (std::int64_t c = begin; c < end; ++c) cost += cells.cost[c];
    return cost;
  }

  /// The last coordinate along the axis of the half that comes first.
  std::int32_t middle(const std::vector<std::int32_t>& own, const Box& box, int axis) const {
    std::vector<double> cost(box.high[axis] - box.low[axis] + 1, 0.0);
    for (const auto c : own) cost[place[c][axis] - box.low[axis]] += cells.cost[c];
    const double half = std::accumulate(cost.begin(), cost.end(), 0.0) / 2;
    std::size_t last = 0;
    for (double sum = cost[0]; last + 2 < cost.size() && sum + cost[last + 1] / 2 < half;) sum += cost[++last];
    return box.low[axis] + static_cast<std::int32_t>(last);
  }

  /// own: ascending, at least one.
  void split(const std::vector<std::int32_t>& own) {
    const Box box = box_of(own);
    Tile tile{{}, around(box, margins.upward), around(box, margins.downward)};
    const double cost = std::max(cost_of(tile.upward), cost_of(tile.downward));
    if (cost <= max_cost) {
      for (const auto c : own) append(tile.own, c);
      tiles.push_back(std::move(tile));
      return;
    }
    const int axis = box.longest();
    TORCH_CHECK(box.high[axis] > box.low[axis], "a cell with its margin costs ", cost, ", more than ", max_cost);
    const auto last = middle(own, box, axis);
    std::vector<std::int32_t> first, second;
    for (const auto c : own) (place[c][axis] <= last ? first : second).push_back(c);
    split(first);
    split(second);
  }
};

double work_of(const std::vector<Tile>& tiles, const TileCells& cells) {
  double work = 0;
  for (const auto& tile : tiles)
    for (const auto& runs : {tile.upward, tile.downward})
      for (const auto& [begin, end] : runs)
        for (std::int64_t c = begin; c < end; ++c) work += cells.cost[c];
  return work;
}

Margins margins_of(const Model& model, int level) {
  const auto& scene = model.recipe.scene;
  const double side = scene.cell_size * std::pow(scene.branching, level);
  const auto reach = tile_margins(model.recipe, model.network, level);
  const auto in_cells = [side](double distance) { return static_cast<std::int64_t>(std::ceil(distance / side)); };
  return {in_cells(reach.upward), in_cells(reach.downward)};
}

/// The tiling whose tiles are the least work: levels that are seen at once make margins narrow and take memory. whole:
/// what the cloud takes at once. beside: what lives beside a tile; keeps_cells: and what is kept of all cells. choice:
/// what all cells take at once in place of a tile.
void cut_into_tiles(const Run& run, double base, double left, double whole, double beside, bool keeps_cells,
                    double choice, Tiling& tiling) {
  const auto& recipe = run.model.recipe;
  double fewest = whole, least = std::numeric_limits<double>::infinity();
  for (int level = levels_of_clusters(recipe.scene); level < recipe.scene.levels; ++level) {
    const double coarse = beside + cost_above(*tiling.octree, recipe, level) +
                          (keeps_cells ? bytes_kept_below(*tiling.octree, recipe, level) : 0);
    const TileCells cells(tiling.octree->level[level], recipe.scene.branching,
                          cell_costs(*tiling.octree, recipe, level));
    const auto margins = margins_of(run.model, level);
    const double needed = coarse + std::max(choice, useful_limit(cells, std::max(margins.upward, margins.downward)));
    fewest = std::min(fewest, needed);
    if (needed > left) continue;
    auto tiles = make_tiles(cells, margins, left - coarse);
    const double work = work_of(tiles, cells);
    if (work >= least) break;
    least = work;
    tiling.level = level;
    tiling.tile = std::move(tiles);
  }
  if (tiling.tile.empty()) refuse_memory(run, tiling.octree->order.size(0), base + fewest);
}

}  // namespace

TileCells::TileCells(const OctreeLevel& level, int branching, std::vector<float> cost)
    : place(places_of(level, branching)), cost(std::move(cost)) {}

std::vector<Tile> make_tiles(const TileCells& cells, const Margins& margins, double max_cost) {
  Splitter splitter{cells, margins, max_cost};
  std::vector<std::int32_t> all(splitter.place.size());
  std::iota(all.begin(), all.end(), 0);
  if (!all.empty()) splitter.split(all);
  return std::move(splitter.tiles);
}

ScenePoints scene_points(PointSet points, const SceneOptions& options) {
  const auto box = bounds_of_points(points.position);
  const auto placement = default_placement(points, options);
  return {std::move(points), box, placement};
}

double smallest_limit(const TileCells& cells, std::int64_t margin) {
  // Columns of cells, row by row.
  struct Column {
    std::int32_t y, x;
    double cost;  // then of all of the row up to it
    bool operator<(const Column& other) const { return std::tie(y, x) < std::tie(other.y, other.x); }
  };
  std::vector<Column> column;
  column.reserve(cells.place.size());
  for (std::size_t c = 0; c < cells.place.size(); ++c)
    column.push_back({cells.place[c][1], cells.place[c][0], cells.cost[c]});
  std::sort(column.begin(), column.end());
  std::size_t columns = 0;
  std::vector<std::size_t> row;  // where rows begin
  for (const auto& one : column) {
    const bool same_row = columns > 0 && column[columns - 1].y == one.y;
    if (same_row && column[columns - 1].x == one.x) {
      column[columns - 1].cost += one.cost;
      continue;
    }
    if (!same_row) row.push_back(columns);
    const Column next{one.y, one.x, one.cost + (same_row ? column[columns - 1].cost : 0)};
    column[columns++] = next;
  }
  column.resize(columns);
  row.push_back(columns);

  double most = 0;
  std::size_t first_row = 0;
  for (std::size_t r = 0; r + 1 < row.size(); ++r) {
    while (column[row[first_row]].y < column[row[r]].y - margin) ++first_row;
    for (std::size_t c = row[r]; c < row[r + 1]; ++c) {
      double cost = 0;
      for (std::size_t near = first_row; near + 1 < row.size() && column[row[near]].y <= column[c].y + margin; ++near) {
        const auto begin = column.begin() + row[near], end = column.begin() + row[near + 1];
        const auto after = [&](std::int64_t x) {
          return std::upper_bound(begin, end, x, [](std::int64_t a, const Column& b) { return a < b.x; });
        };
        const auto until = [&](const auto& place) { return place == begin ? 0.0 : (place - 1)->cost; };
        cost += until(after(column[c].x + margin)) - until(after(column[c].x - margin - 1));
      }
      most = std::max(most, cost);
    }
  }
  return most * (1 + 1e-9);  // sums in another order
}

// Squares of 2 * (margin / 2) + 1 cells, about the margin's width.
double useful_limit(const TileCells& cells, std::int64_t margin) { return smallest_limit(cells, margin + margin / 2); }

Tiling tiles_of(Run& run, const ScenePoints& cloud) {
  const auto& recipe = run.model.recipe;
  const auto count = cloud.points.size();
  double base = 0;  // of what is as long as the cloud
  if (!keeps_clouds_elsewhere(run))
    base = static_cast<double>(count * base_bytes_per_point(run.model.network.classes())) +
           raster_bytes(recipe, cloud.points.position, cloud.placement.origin);
  const double left = static_cast<double>(memory_limit_mb(run) << 20) - base;
  Tiling tiling;
  if (static_cast<double>(count) * highest_cost(recipe) <= left) return tiling;
  run.watch.start("tiles");
  tiling.octree =
      build_octree(cloud.points.position, scene_grid(cloud.box, recipe.scene, cloud.placement), recipe.scene.levels);
  run.size = measure(*tiling.octree, cloud.box);
  const double whole = cost_from(*tiling.octree, recipe, 0) + static_cast<double>(count) * bytes_of_point(recipe);
  if (whole <= left) return tiling;
  if (const auto why = what_sees_whole_clouds(recipe); !why.empty())
    refuse_memory(run, count, base + whole, ", and the model cannot take the cloud in tiles: " + why);
  const bool keeps_cells = run.device.is_cpu() && !keeps_clouds_elsewhere(run);
  const double choice = keeps_clouds_elsewhere(run) ? 0 : bytes_of_choice(*tiling.octree, recipe);
  cut_into_tiles(run, base, left, whole, bytes_of_points_at_once(*tiling.octree, recipe), keeps_cells, choice, tiling);
  return tiling;
}

}  // namespace treewalk
