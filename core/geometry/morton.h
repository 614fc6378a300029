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

/// The same for x,y,z below 2^10, in half the operations.
HD inline std::uint32_t short_morton_encode(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
  std::uint32_t axis[3] = {x, y, z};
  for (std::uint32_t& a : axis) {
    a = (a | a << 16) & 0x030000ff;
    a = (a | a << 8) & 0x0300f00f;
    a = (a | a << 4) & 0x030c30c3;
    a = (a | a << 2) & 0x09249249;
  }
  return axis[0] | axis[1] << 1 | axis[2] << 2;
}

struct MortonCell {
  std::int32_t x, y, z;
};
HD inline MortonCell morton_decode(std::uint64_t key) {
  return {static_cast<std::int32_t>(gather_bits(key)), static_cast<std::int32_t>(gather_bits(key >> 1)),
          static_cast<std::int32_t>(gather_bits(key >> 2))};
}

/// The finest level (0 = leaves) on which cells with leaf keys a and b have the same ancestor, the leaves included.
HD inline int common_level(std::uint64_t a, std::uint64_t b) {
  return a == b ? 0 : (63 - leading_zeros(a ^ b)) / 3 + 1;
}

/// key[i] = Morton key of cell floor((point - origin) * inv_cell - base), computed in double; cells must lie in
/// [0, 2^21).
template <class T>
struct EncodeMorton {
  static constexpr std::int64_t grain = 8192;
  const T* point;  ///< [N,3]
  double origin_x, origin_y, origin_z, inv_cell;
  double base_x, base_y, base_z;
  std::int64_t* key;  ///< [N]

  HD MortonCell cell(std::int64_t i) const {
    return {axis(point[3 * i], origin_x, base_x), axis(point[3 * i + 1], origin_y, base_y),
            axis(point[3 * i + 2], origin_z, base_z)};
  }
  /// Cells start at 0, where dropping the fraction is the floor. Whole numbers near it are taken off exactly.
  HD std::int32_t axis(double x, double origin, double base) const {
    return static_cast<std::int32_t>((x - origin) * inv_cell - base);
  }
  HD std::uint64_t encode(std::int64_t i) const {
    const MortonCell c = cell(i);
    return morton_encode(static_cast<std::uint64_t>(c.x), static_cast<std::uint64_t>(c.y),
                         static_cast<std::uint64_t>(c.z));
  }
  HD void operator()(std::int64_t i) const { key[i] = static_cast<std::int64_t>(encode(i)); }
};

}  // namespace treewalk
