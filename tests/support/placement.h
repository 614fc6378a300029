// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>

#include "core/scene/scene.h"

namespace treewalk::test {

/// Half a leaf cell below the minimum on every axis, or the cloud in the middle of the cube: cells whose places
/// relative to the points are known.
inline Placement half_leaf_placement(const SceneOptions& options) {
  if (options.normalise != "none") return {{0.5, 0.5, 0.5}, 1.02};
  const double half_leaf = 0.5 / std::pow(options.branching, options.levels - 1);
  return {{half_leaf, half_leaf, half_leaf}};
}

}  // namespace treewalk::test
