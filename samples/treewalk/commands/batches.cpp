// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "commands/batches.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

namespace program {

namespace {

class Planner {
 public:
  Planner(const std::vector<Footprint>& footprints, const CellGrid& grid, const std::vector<char>& wanted)
      : footprint_(footprints), grid_(grid), left_(wanted) {
    for (std::size_t file = 0; file < footprints.size(); ++file)
      for (const auto& [cell, points] : footprints[file].points) files_[cell].push_back({file, points});
  }

  std::vector<Batch> plan(const Fits& fits) {
    std::vector<Batch> batches;
    for (std::size_t first = 0; first < footprint_.size(); ++first) {
      if (!left_[first]) continue;
      batch_ = {};
      inside_.clear();
      add(first, cells_with(first));
      grow(fits);
      std::sort(batch_.own.begin(), batch_.own.end());
      for (const auto& [file, points] : inside_)
        if (!std::binary_search(batch_.own.begin(), batch_.own.end(), file)) batch_.neighbours.push_back(file);
      batches.push_back(std::move(batch_));
    }
    return batches;
  }

 private:
  using Cells = std::vector<Cell>;

  /// What a file would add to the cells within reach.
  Cells cells_with(std::size_t file) const {
    std::unordered_set<Cell> added;
    for (const auto& [cell, points] : footprint_[file].points)
      grid_.for_each_near(cell, [&](Cell near) {
        if (batch_.near.count(near) == 0) added.insert(near);
      });
    return {added.begin(), added.end()};
  }

  /// Points of all files.
  std::int64_t points_in(const Cells& cells) const {
    std::int64_t sum = 0;
    for (const Cell cell : cells)
      if (const auto found = files_.find(cell); found != files_.end())
        for (const auto& [file, points] : found->second) sum += points;
    return sum;
  }

  void add(std::size_t file, const Cells& cells) {
    batch_.own.push_back(file);
    batch_.own_points += footprint_[file].size;
    batch_.border_points += points_in(cells) - footprint_[file].size;
    left_[file] = 0;
    for (const Cell cell : cells) {
      batch_.near.insert(cell);
      if (const auto found = files_.find(cell); found != files_.end())
        for (const auto& [other, points] : found->second) inside_[other] += points;
    }
  }

  /// Of the files that are left and within reach, the one with the most points there.
  std::size_t next() const {
    std::size_t best = footprint_.size();
    std::int64_t most = 0;
    for (const auto& [file, points] : inside_)
      if (left_[file] && points > most) {
        best = file;
        most = points;
      }
    return best;
  }

  void grow(const Fits& fits) {
    for (std::size_t file = next(); file < footprint_.size(); file = next()) {
      const Cells cells = cells_with(file);
      Batch larger;  // without its cells, of which nobody asks
      larger.own = batch_.own;
      larger.own.push_back(file);
      larger.own_points = batch_.own_points + footprint_[file].size;
      larger.border_points = batch_.border_points + points_in(cells) - footprint_[file].size;
      if (!fits(larger)) return;
      add(file, cells);
    }
  }

  const std::vector<Footprint>& footprint_;
  const CellGrid& grid_;
  std::vector<char> left_;
  std::unordered_map<Cell, std::vector<std::pair<std::size_t, std::int64_t>>> files_;
  Batch batch_;
  std::map<std::size_t, std::int64_t> inside_;  ///< points of each file in the cells within reach
};

}  // namespace

std::vector<Batch> plan_batches(const std::vector<Footprint>& footprints, const CellGrid& grid,
                                const std::vector<char>& wanted, const Fits& fits) {
  return Planner(footprints, grid, wanted).plan(fits);
}

}  // namespace program
