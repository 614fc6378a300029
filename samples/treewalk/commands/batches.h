// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_set>
#include <vector>

#include "commands/footprint.h"

/// Which files of a folder are labelled together, and what they borrow from which others.
namespace program {

struct Batch {
  std::vector<std::size_t> own;         ///< files that are labelled, ascending
  std::vector<std::size_t> neighbours;  ///< files that have points in `near`, ascending; none of its own
  std::unordered_set<Cell> near;        ///< all cells within reach of its own points, cells of these among them
  std::int64_t own_points = 0, border_points = 0;  ///< border: of other files, in `near`
};

/// Whether there is memory for a batch. It is asked of a batch whose neighbours are not known yet.
using Fits = std::function<bool(const Batch&)>;

/// Divides files into batches, so that each file that is wanted is one batch's own, and all points of all files that
/// lie within reach of one of its own are in its own files, or in its neighbours' and in `near`. A batch begins with
/// the first file that is left, whether it fits or not, and takes that file within reach which has the most points in
/// `near` (of several, the first) as long as it fits. Files that no chain of points within reach joins are in batches
/// of their own. Time grows with the cells of all files. footprints: of one level and grid.
std::vector<Batch> plan_batches(const std::vector<Footprint>& footprints, const CellGrid& grid,
                                const std::vector<char>& wanted, const Fits& fits);

}  // namespace program
