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

StrictObject change_settings(const Json& value, const std::string& where, const std::string& main_key) {
  return StrictObject(value.is_object() ? value : Json{{main_key, value}}, where);
}

double read_probability(StrictObject& settings, double fallback) {
  return settings.get_in<double>("probability", fallback, 0, 1);
}

std::array<double, 2> read_range(StrictObject& settings, const std::string& key, const std::array<double, 2>& fallback,
                                 double low, double high) {
  if (!settings.has(key)) return fallback;
  const auto values = settings.require<std::vector<double>>(key);
  if (values.size() != 2 || !(low <= values[0] && values[0] <= values[1] && values[1] <= high))
    settings.fail(key, "must be two numbers in rising order between " + Json(low).dump() + " and " + Json(high).dump() +
                           ", but is " + Json(values).dump());
  return {values[0], values[1]};
}

}  // namespace treewalk
