// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

#include "core/recipe/recipe.h"

namespace treewalk {

/// How large a network of treewalk's is made for a comparison. Both have a 27-way tree: with 5 levels 81 cells a side,
/// so that nearly all of 2000 points of a surface have a leaf of their own, with 6 levels 243; four blocks at each
/// level but the root, as the release has; its number of neighbours, its smallest width of a head, and no limit to the
/// points that they see.
enum class Size {
  /// The release's widths: 1024 at the root, 512 and 256 below it, and 128 at all finer levels; every level its
  /// weights.
  equal,
  narrow  ///< width 128 at all levels, which attend together with shared weights
};

/// "classification" (40 classes) or "segmentation" (50 parts). A step of training takes `batch` clouds as they are:
/// nothing is changed or left out.
Recipe recipe_of_size(const std::string& task, Size size, int levels, int batch = 1);

}  // namespace treewalk
