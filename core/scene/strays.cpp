// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/strays.h"

#include <limits>

#include "core/device/public_errors.h"
#include "core/geometry/finite_points.h"
#include "core/scene/cloud_parts.h"

namespace treewalk {

Strays stray_points(const CloudView& cloud, double gap, double leaf) {
  if (!(gap > 0) || !(leaf >= 0)) throw Error("stray points: the gap must be above 0, and the leaf no less than 0");
  return with_public_errors([&]() -> Strays {
    const FinitePoints finite = finite_points(cloud);
    if (finite.kept.empty()) return {};
    const CloudParts parts = parts_of(finite.position, {gap, std::numeric_limits<double>::infinity(), 0, leaf});
    Strays strays;
    if (parts.stray.empty()) return strays;
    strays.place = count_and_place(finite.position, parts.stray);
    strays.point.reserve(parts.stray.size());
    for (const std::int32_t i : parts.stray) strays.point.push_back(finite.kept[i]);
    return strays;
  });
}

}  // namespace treewalk
