// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/raster/raster_arrays.h"

namespace treewalk {

/// item = point: the cell that it falls into.
struct CellOfPoint {
  static constexpr std::int64_t grain = 8192;
  RasterFrame frame;
  const float* position;  ///< [N,3]
  std::int64_t* cell;
  HD void operator()(std::int64_t i) const { cell[i] = frame.index(position[3 * i], position[3 * i + 1]); }
};

/// item = point: the key of the block of cells that it falls into.
struct BlockOfPoint {
  static constexpr std::int64_t grain = 8192;
  RasterFrame frame;
  const float* position;  ///< [N,3]
  std::int64_t* key;
  HD void operator()(std::int64_t i) const { key[i] = of(position + 3 * i); }
  HD std::int64_t of(const float* point) const {
    const RasterPlace at = frame.place(point[0], point[1]);
    return RasterBlocks::key_of(at.column >> RasterBlocks::kShift, at.row >> RasterBlocks::kShift);
  }
};

/// item = cell: max(excess, before - after - allowed).
struct RaiseExcess {
  static constexpr std::int64_t grain = 1 << 14;
  const float *excess, *before, *after;
  float allowed;
  float* raised;
  HD void operator()(std::int64_t c) const {
    const float here = before[c] - after[c] - allowed;
    raised[c] = here > excess[c] ? here : excess[c];
  }
};

/// item = cell: its height where it is valid and without excess, else empty.
struct KeepGround {
  static constexpr std::int64_t grain = 1 << 14;
  const float *low, *excess;
  const std::uint8_t* valid;  ///< 0 or 1
  float* ground;
  HD void operator()(std::int64_t c) const {
    ground[c] = choose(valid[c] & !(excess[c] > 0), low[c], RasterFrame::kEmpty);
  }
};

/// item = cell: its heights in some rasters, side by side, then zeros.
struct SideBySide {
  static constexpr std::int64_t grain = 4096;
  static constexpr int kMost = 16;
  const float* heights[kMost];
  int count;
  int stride;
  float* to;  ///< [cells,stride]
  HD void operator()(std::int64_t c) const {
    for (int k = 0; k < stride; ++k) to[c * stride + k] = k < count ? heights[k][c] : 0;
  }
};

}  // namespace treewalk
