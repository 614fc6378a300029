// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

/// Bits of a Morton key per axis, and cells an axis can have.
constexpr int kMortonBits = 21;
constexpr std::int64_t kMortonCells = std::int64_t{1} << kMortonBits;

/// Spreads the low 21 bits of x so that two zero bits follow each.
HD inline std::uint64_t spread_bits(std::uint64_t x) {
  x &= 0x1fffff;
  x = (x | x << 32) & 0x001f00000000ffff;
  x = (x | x << 16) & 0x001f0000ff0000ff;
  x = (x | x << 8) & 0x100f00f00f00f00f;
  x = (x | x << 4) & 0x10c30c30c30c30c3;
  return (x | x << 2) & 0x1249249249249249;
}

/// The inverse of spread_bits; other bits of x are ignored.
HD inline std::uint64_t gather_bits(std::uint64_t x) {
  x &= 0x1249249249249249;
  x = (x | x >> 2) & 0x10c30c30c30c30c3;
  x = (x | x >> 4) & 0x100f00f00f00f00f;
  x = (x | x >> 8) & 0x001f0000ff0000ff;
  x = (x | x >> 16) & 0x001f00000000ffff;
  return (x | x >> 32) & 0x1fffff;
}

/// Morton key of cell (x,y,z), 0 <= x,y,z < 2^21: bit 3i is bit i of x, then y, then z.
HD inline std::uint64_t morton_encode(std::uint64_t x, std::uint64_t y, std::uint64_t z) {
  return spread_bits(x) | spread_bits(y) << 1 | spread_bits(z) << 2;
}

struct MortonCell {
  std::int64_t x, y, z;
};
HD inline MortonCell morton_decode(std::uint64_t key) {
  return {static_cast<std::int64_t>(gather_bits(key)), static_cast<std::int64_t>(gather_bits(key >> 1)),
          static_cast<std::int64_t>(gather_bits(key >> 2))};
}

/// floor(x) for |x| < 2^62, without a library call.
HD inline std::int64_t floor_to_int(double x) {
  const auto whole = static_cast<std::int64_t>(x);
  return whole - (x < static_cast<double>(whole));
}

/// The finest level (0 = leaves) on which cells with leaf keys a and b have the same ancestor, the leaves included.
HD inline int common_level(std::uint64_t a, std::uint64_t b) {
  return a == b ? 0 : (63 - leading_zeros(a ^ b)) / 3 + 1;
}

/// key[i] = Morton key of cell floor((point - origin) * inv_cell), computed in double; cells must lie in [0, 2^21).
template <class T>
struct EncodeMorton {
  static constexpr std::int64_t grain = 8192;
  const T* point;  ///< [N,3]
  double origin_x, origin_y, origin_z, inv_cell;
  std::int64_t* key;  ///< [N]

  HD std::uint64_t encode(std::int64_t i) const {
    return morton_encode(static_cast<std::uint64_t>(floor_to_int((point[3 * i] - origin_x) * inv_cell)),
                         static_cast<std::uint64_t>(floor_to_int((point[3 * i + 1] - origin_y) * inv_cell)),
                         static_cast<std::uint64_t>(floor_to_int((point[3 * i + 2] - origin_z) * inv_cell)));
  }
  HD void operator()(std::int64_t i) const { key[i] = static_cast<std::int64_t>(encode(i)); }
};

/// level[i] = number of levels on which point i (in Morton order) begins a new cell: 0 where it shares the leaf of
/// its predecessor, `levels` for the first point.
struct MarkLevels {
  static constexpr std::int64_t grain = 8192;
  const std::int64_t* key;  ///< [N] ascending
  int levels;
  std::int32_t* level;  ///< [N]

  HD void operator()(std::int64_t i) const {
    const int common =
        i == 0 ? levels : common_level(static_cast<std::uint64_t>(key[i - 1]), static_cast<std::uint64_t>(key[i]));
    level[i] = common < levels ? common : levels;
  }
};

}  // namespace treewalk
