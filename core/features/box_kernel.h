// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/features/cells_kernel.h"
#include "core/geometry/box.h"

// What follows from the box of a cloud's points, without the host knowing it.
namespace treewalk {

/// One item: the number of the module "size".
struct SizeOfBox {
  static constexpr std::int64_t grain = 1;
  const double* box;
  double scale;
  float* size;
  HD void operator()(std::int64_t) const {
    *size = static_cast<float>(std::clamp(std::log(longest_side(box) * scale), -12.0, 12.0));
  }
};

/// (x - middle) * factor lies within [-1,1].
struct UnitBox {
  Vector3 middle;
  double factor;
  HD float place(double x, int axis) const { return static_cast<float>((x - middle[axis]) * factor); }
};

/// One item.
struct MakeUnitBox {
  static constexpr std::int64_t grain = 1;
  const double* box;
  UnitBox* unit;
  HD void operator()(std::int64_t) const {
    const double longest = longest_side(box);
    for (int a = 0; a < 3; ++a) unit->middle[a] = (box[a] + box[3 + a]) / 2;
    unit->factor = longest > 0 ? 2 / longest : 0;
  }
};

/// item = point.
struct PlacePoints {
  static constexpr std::int64_t grain = 1 << 14;
  const float* position;
  const UnitBox* unit;
  float* to;
  std::int64_t stride;
  HD void operator()(std::int64_t i) const {
    for (int a = 0; a < 3; ++a) to[i * stride + a] = unit->place(position[3 * i + a], a);
  }
};

struct PlaceRow {
  const UnitBox* unit;
  HD void operator()(const CellsArrays& cells, int l, std::int64_t c, float* to) const {
    for (int a = 0; a < 3; ++a) to[a] = unit->place(cells.level[l].raw[c].mean[a], a);
  }
};

}  // namespace treewalk
