// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// Points far from all others.
struct Strays {
  std::vector<std::int32_t> point;  ///< ascending
  std::string place;                ///< "1 of 800 points, at (0, 0, 0),"; empty: there are none
};

/// Finds the points that Session::segment leaves out of a scene: groups that more than `gap` to twice as much separates
/// from the bulk, and that are shorter than `leaf`, or hold less than one in 1000 of the points, or less than 100 and
/// one in 20. Points without three finite coordinates are none. Throws Error for a cloud without x, y and z.
/// \param cloud N points
/// \param gap in the unit of the coordinates, above 0
/// \param leaf the same
/// \return which they are, and where
TREEWALK_EXPORT Strays stray_points(const CloudView& cloud, double gap, double leaf);

/// @}
}  // namespace treewalk
