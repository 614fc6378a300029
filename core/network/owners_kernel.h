// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

/// How many of `size` ascending numbers lie below x, or with `equal` also at x.
HD inline std::int32_t count_below(const std::int32_t* ascending, std::int64_t size, std::int32_t x, bool equal) {
  std::int64_t low = 0;
  while (size > 0) {
    const std::int64_t half = size / 2;
    const std::int32_t here = ascending[low + half];
    if (here < x || (equal && here == x)) {
      low += half + 1;
      size -= half + 1;
    } else {
      size = half;
    }
  }
  return static_cast<std::int32_t>(low);
}

/// Item = place: the group that place[item] lies in (null: item itself), as group g holds first[g] .. first[g+1].
struct OwnerOfPlace {
  static constexpr std::int64_t grain = 4096;
  const std::int32_t* first;  ///< [groups+1]
  std::int64_t groups;
  const std::int32_t* place;
  std::int32_t* owner;

  HD void operator()(std::int64_t item) const {
    const std::int32_t at = place ? place[item] : static_cast<std::int32_t>(item);
    owner[item] = count_below(first, groups + 1, at, true) - 1;
  }
};

/// Item = group, and one more: how many of the ascending places lie before it.
struct PlacesBefore {
  static constexpr std::int64_t grain = 4096;
  const std::int32_t *first, *place;
  std::int64_t places;
  std::int32_t* offset;  ///< [groups+1]

  HD void operator()(std::int64_t item) const { offset[item] = count_below(place, places, first[item], false); }
};

}  // namespace treewalk
