// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>

#include "core/device/portable.h"

namespace treewalk {

/// box [6]: lower x y z, upper x y z.
HD inline double longest_side(const double* box) {
  double longest = 0;
  for (int a = 0; a < 3; ++a) longest = std::max(longest, box[3 + a] - box[a]);
  return longest;
}

}  // namespace treewalk
