// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/features/cells_kernel.h"

namespace treewalk {

/// item = point in Morton order: its numbers, 0 where they are not finite.
struct GatherField {
  static constexpr std::int64_t grain = 8192;
  const float* from;
  const std::int32_t* order;
  int columns;
  float* to;
  HD void operator()(std::int64_t i) const {
    for (int k = 0; k < columns; ++k) {
      const float x = from[order[i] * static_cast<std::int64_t>(columns) + k];
      to[i * columns + k] = std::isfinite(x) ? x : 0;
    }
  }
};

/// item = point: its columns, (value - centre) * factor.
struct FieldPoints {
  static constexpr std::int64_t grain = 8192;
  const float* value;
  int columns;
  float centre, factor;
  float* to;
  std::int64_t stride;
  HD void operator()(std::int64_t i) const {
    for (int k = 0; k < columns; ++k) to[i * stride + k] = (value[i * columns + k] - centre) * factor;
  }
};

/// item = point: log and presence of its intensity.
struct BrightnessPoints {
  static constexpr std::int64_t grain = 8192;
  static constexpr int kColumns = 2;
  const float* intensity;
  float* to;
  std::int64_t stride;
  HD void operator()(std::int64_t i) const {
    const float x = intensity[i];
    const bool known = x > 0;
    to[i * stride] = known ? std::min(0.25f * std::log2(1 + x) - 2, 4.0f) : 0.0f;
    to[i * stride + 1] = known ? 1.0f : 0.0f;
  }
};

/// item = point: which of its pulse's returns it is, of how many.
struct ReturnsPoints {
  static constexpr std::int64_t grain = 8192;
  static constexpr int kColumns = 5;
  const float* returns;  ///< [n,2]: number and count, 0 and 0 where nothing is known
  float* to;
  std::int64_t stride;
  HD void operator()(std::int64_t i) const {
    const float number = returns[2 * i], count = returns[2 * i + 1];
    const bool known = number >= 1 && count >= number, several = known && count > 1;
    const bool first = several && number == 1, last = several && number == count;
    to[i * stride] = first ? 1.0f : 0.0f;
    to[i * stride + 1] = several && !first && !last ? 1.0f : 0.0f;
    to[i * stride + 2] = last ? 1.0f : 0.0f;
    to[i * stride + 3] = several ? 0.5f * std::min(count - 1, 4.0f) : 0.0f;
    to[i * stride + 4] = known ? 1.0f : 0.0f;
  }
};

/// item = point: all its columns 0.
struct ZeroPoints {
  static constexpr std::int64_t grain = 8192;
  int columns;
  float* to;
  std::int64_t stride;
  HD void operator()(std::int64_t i) const {
    for (int k = 0; k < columns; ++k) to[i * stride + k] = 0;
  }
};

/// item = piece of the leaves: the sums over their points of |leaf mean| and of 1.
struct SizeOfPiece {
  static constexpr std::int64_t grain = 1, kPiece = 4096;
  LevelArrays leaves;
  const float* mean;
  std::int64_t stride;
  double* sum;  ///< [pieces,2]

  HD void operator()(std::int64_t piece) const {
    double size = 0, count = 0;
    const std::int64_t end = piece * kPiece + kPiece < leaves.size ? piece * kPiece + kPiece : leaves.size;
    for (std::int64_t c = piece * kPiece; c < end; ++c) {
      size += leaves.raw[c].count * std::abs(mean[c * stride]);
      count += leaves.raw[c].count;
    }
    sum[2 * piece] = size;
    sum[2 * piece + 1] = count;
  }
};

/// One item: the mean over the points of |leaf mean|.
struct MeanSize {
  static constexpr std::int64_t grain = 1;
  const double* sum;
  std::int64_t pieces;
  double* mean;

  HD void operator()(std::int64_t) const {
    double size = 0, count = 0;
    for (std::int64_t p = 0; p < pieces; ++p) {
      size += sum[2 * p];
      count += sum[2 * p + 1];
    }
    *mean = std::max(size / count, 1e-30);
  }
};

/// From a mean of the field to its column, relative to `size` and cut.
struct IntensityRow {
  const double* size;
  HD void operator()(const CellsArrays&, int, std::int64_t, float* to) const {
    to[0] = static_cast<float>(std::clamp(to[0] * (1 / *size), -8.0, 8.0));
  }
};

/// All columns 0.
struct ZeroRow {
  int columns;
  HD void operator()(const CellsArrays&, int, std::int64_t, float* to) const {
    for (int k = 0; k < columns; ++k) to[k] = 0;
  }
};

}  // namespace treewalk
