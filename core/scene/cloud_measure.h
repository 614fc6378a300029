// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/geometry/bounds.h"
#include "core/geometry/octree.h"

namespace treewalk {

/// How dense and how large a cloud is, in the units of its positions.
struct CloudMeasure {
  double spacing = 0;  ///< between neighbouring points, were they spread evenly over a surface
  double extent = 0;   ///< longest side of the box
};

/// spacing: of the finest level whose cells hold 4 points in the mean (else the last level), the cells' side times
/// sqrt(cells / points). A cloud of fewer than 64 points has no spacing: 0.
CloudMeasure measure(const Octree& octree, const Bounds& box);

/// The same numbers of several clouds, from the least to the greatest; none: lower > upper.
struct MeasureRange {
  double lower = 1, upper = 0;
  bool empty() const { return lower > upper; }
  void add(double value);
  /// How many times `value` is below or above the range; 1 within it, and where one of the two is not known.
  double factor(double value) const;
};

}  // namespace treewalk
