// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

#include "core/recipe/recipe.h"

namespace treewalk {

/// How large a network of treewalk's is made for a comparison. Both have a 27-way tree of 5 levels, 81 cells a side, so
/// that a leaf holds a point or little more; four blocks at each level, as the release has; its number of neighbours,
/// its smallest width of a head, and no limit to the points that they see.
enum class Size {
  equal,  ///< widths from 128 at the leaves to 1024 at the root, every level its own weights, as in the release
  narrow  ///< width 128 at all levels, which attend together with shared weights
};

/// "classification" (40 classes) or "segmentation" (50 parts). A step of training takes `batch` clouds as they are:
/// nothing is changed or left out.
Recipe recipe_of_size(const std::string& task, Size size, int batch = 1);

}  // namespace treewalk
