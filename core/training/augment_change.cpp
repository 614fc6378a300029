// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/augment_change.h"

namespace treewalk {

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
