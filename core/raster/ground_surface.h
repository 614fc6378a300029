// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <vector>

#include "core/raster/raster.h"

namespace treewalk {

/// The lowest points of a cloud, on its device, as a raster without holes, and which of its cells are real.
struct LowSurface {
  Raster low;        ///< holes filled
  at::Tensor valid;  ///< [low.size()] bool: holds a point, and that is not far below its surroundings
};
/// Cells more than 10 m below the 5x5 closing count as errors of measurement and are filled as holes are.
/// zero: as lowest_points takes it. Holes are filled from as near as kHolesReach.
LowSurface low_surface(const at::Tensor& position, double cell, int sweeps, const std::array<double, 3>& zero);

/// Radii in metres of the windows of the progressive chain: 1, 2, 3, 4, 6, 8, 11, 14, 18, 23, 29.
extern const std::vector<double> kChainRadii;

/// A chain of grey openings with square windows, each of the result of the one before. Calls
/// step(radius in metres as asked for, radius in metres as used, before, after) for each; a raster coarser than the
/// radii uses whole cells, at least one.
template <class Step>
void opening_chain(const Raster& start, const std::vector<double>& radii, const Step& step) {
  Raster before = start;
  for (const double radius : radii) {
    const auto cells = static_cast<std::int64_t>(radius / start.cell + 0.5);
    const std::int64_t used = cells > 1 ? cells : 1;
    Raster after = open(before, used);
    step(radius, static_cast<double>(used) * start.cell, before, after);
    before = std::move(after);
  }
}

/// excess = max(excess, before - after - slope * radius), cell by cell: above 0 where an object stands.
void raise_excess(Raster& excess, const Raster& before, const Raster& after, double slope, double radius);

/// The ground as the valid cells without the objects say, holes filled from as near as kHolesReach, or with the
/// raster's own heights.
Raster ground_without(const Raster& low, const at::Tensor& valid, const Raster& excess, int sweeps);

}  // namespace treewalk
