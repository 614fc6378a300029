// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/features/dominant_plane_kernel.h"
#include "core/scene/moments.h"

namespace treewalk {

/// Deterministic: the tangent planes of up to 96 leaf cells, equally spaced in Morton order, are scored by how many of
/// up to 1500 equally spaced cells have their mean within one cell size; the first of the best is fitted four times to
/// all means within 1, 0.7, 0.5 and 0.5 cell sizes (a fit with fewer than 3 is skipped). Needs smooth_moments.
/// No cells: the plane z = 0. The plane stays on the device of the leaves.
DeviceRecords<DominantPlane> dominant_plane(const LevelMoments& leaves, const Orientation& orientation);

}  // namespace treewalk
