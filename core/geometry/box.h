// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>

#include "core/device/portable.h"

namespace treewalk {

/// Of the box from `lower` to `upper`; 0 where upper < lower.
HD inline double longest_side(const double* lower, const double* upper) {
  double longest = 0;
  for (int a = 0; a < 3; ++a) longest = std::max(longest, upper[a] - lower[a]);
  return longest;
}
/// box [6]: lower x y z, upper x y z.
HD inline double longest_side(const double* box) { return longest_side(box, box + 3); }

}  // namespace treewalk
