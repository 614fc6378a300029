// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/geometry/radix_sort.h"

namespace treewalk {

/// A point and its index.
struct alignas(16) IndexedPoint {
  float at[3];
  std::uint32_t index;
};

/// Points [size,3], finite, in an order in which every block of 16, of 16 * 16 and so on, counted from the first
/// point, lies in a box that the blocks beside it do not overlap: each set of blocks is split across its longest side
/// until there is one. The order depends on the points alone.
Raw<IndexedPoint> kd_order(const float* point, std::int64_t size);

}  // namespace treewalk
