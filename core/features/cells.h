// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include "core/device/parallel.h"
#include "core/features/cells_kernel.h"
#include "core/features/feature.h"

namespace treewalk {

/// Small pieces that the modules share.

CellsArrays cells_arrays(const FeatureInput& input, const Feature::Output& output);

/// row(cells, level, cell, destination) for every cell of every level, on the scene's device.
template <class Row>
void for_each_cell(const FeatureInput& input, const Feature::Output& output, const Row& row) {
  const EachCell<Row> body{cells_arrays(input, output), row};
  parallel_for(input.device(), body.cells.first[body.cells.levels], body);
}

/// Writes for every leaf cell the mean over its points into the first columns of its row. Sums are integers in steps
/// of bound / 2^30, so they do not depend on the order of the points.
void mean_over_points(const FeatureInput& input, const Feature::Output& output, const PointColumns& points);

/// Writes for every coarser cell the mean over its points of the first columns, given those of the first level that has
/// cells.
void mean_over_children(const FeatureInput& input, const Feature::Output& output, int columns);

}  // namespace treewalk
