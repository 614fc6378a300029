// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/features/moments.h"

namespace treewalk {

/// The plane that most leaf cells lie on, as a point and a unit normal. Height of x: (x - point) . normal.
struct DominantPlane {
  Vector3 point{0, 0, 0};
  Vector3 normal{0, 0, 1};
  double height(const Vector3& x) const { return dot({x[0] - point[0], x[1] - point[1], x[2] - point[2]}, normal); }
};

/// Deterministic: the tangent planes of up to 96 leaf cells, equally spaced in Morton order, are scored by how many of
/// up to 1500 equally spaced cells have their mean within one cell size; the first of the best is fitted four times to
/// all means within 1, 0.7, 0.5 and 0.5 cell sizes (a fit with fewer than 3 is skipped). Needs smooth_moments.
/// No cells: the plane z = 0.
DominantPlane dominant_plane(const LevelMoments& leaves, const Orientation& orientation);

}  // namespace treewalk
