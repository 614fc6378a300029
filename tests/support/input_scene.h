// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/features/feature.h"

namespace treewalk::test {

/// Everything that a network reads of these points: their scene with its features.
inline Scene input_scene(const PointSet& points, const SceneOptions& options, const Placement& placement,
                         const Bounds* box = nullptr) {
  return compute_features(make_scene(points, options, placement, box), points, options);
}

}  // namespace treewalk::test
