// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/augment_change.h"

#include <cmath>

namespace treewalk {

Vector3 random_direction(RandomStream& random) {
  for (;;) {
    const double x = random.normal(), y = random.normal(), z = random.normal();
    const double length = std::sqrt(x * x + y * y + z * z);
    if (length > 1e-6) return {x / length, y / length, z / length};
  }
}

/// Marsaglia and Tsang's method: a cube of a normal number, accepted nearly always.
double random_gamma(RandomStream& random, double shape) {
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal(), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(1 - random.uniform()) < 0.5 * x * x + d * (1 - v + std::log(v))) return d * v;
  }
}

}  // namespace treewalk
