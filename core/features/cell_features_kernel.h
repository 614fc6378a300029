// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/features/cells_kernel.h"

// Rows of modules that read a cell's moments and nothing else (cell_features.cpp).
namespace treewalk {

struct OffsetRow {
  HD void operator()(const CellsArrays& cells, int l, std::int64_t c, float* to) const {
    const LevelArrays& level = cells.level[l];
    const Vector3 centre = level.centre(c);
    for (int a = 0; a < 3; ++a) to[a] = static_cast<float>((level.raw[c].mean[a] - centre[a]) / level.cell_size);
  }
};

struct NormalRow {
  HD void operator()(const CellsArrays& cells, int l, std::int64_t c, float* to) const {
    for (int a = 0; a < 3; ++a) to[a] = static_cast<float>(cells.level[l].normal[c][a]);
  }
};

struct UpRow {
  HD void operator()(const CellsArrays& cells, int l, std::int64_t c, float* to) const {
    to[0] = static_cast<float>(cells.level[l].normal[c][2]);
  }
};

struct ShapeRow {
  HD void operator()(const CellsArrays& cells, int l, std::int64_t c, float* to) const {
    const Vector3& w = cells.level[l].eigenvalue[c];
    const double sum = w[0] + w[1] + w[2];
    to[0] = static_cast<float>(std::min(8.0, 4 * std::sqrt(w[0]) / cells.level[l].cell_size));
    to[1] = static_cast<float>(sum > 0 ? 2 * std::sqrt(w[1] / sum) - 1 : -1);
    to[2] = static_cast<float>(w[1] > 0 ? std::sqrt(std::min(1.0, w[0] / w[1])) : 0);
  }
};

struct DensityRow {
  double points;  ///< of the cloud where the share of them counts, else 0
  Orientation orientation;

  HD void operator()(const CellsArrays& cells, int l, std::int64_t c, float* to) const {
    const Moments& m = cells.level[l].raw[c];
    const double count = m.count > 0 ? m.count : 1;  // a cluster may have none
    if (points > 0) {
      to[0] = static_cast<float>(0.3 * std::log(count / points * 1000));
      return;
    }
    if (orientation.up) {
      to[0] = static_cast<float>(0.3 * std::log(count));
      return;
    }
    const Vector3 eye = orientation.eye();
    double square = 0;
    for (int a = 0; a < 3; ++a) {
      const double d = (m.mean[a] - eye[a]) / cells.level[l].cell_size;
      square += d * d;
    }
    to[0] = static_cast<float>(0.3 * std::log(count * square * 1e-4 + 1e-3));
  }
};

struct PositionRow {
  const Moments* all;  ///< of all points

  HD void operator()(const CellsArrays& cells, int l, std::int64_t c, float* to) const {
    const Vector3 &mean = cells.level[l].raw[c].mean, &centre = all->mean;
    for (int a = 0; a < 3; ++a) to[a] = static_cast<float>((mean[a] - centre[a]) / 0.4);
  }
};

/// The same columns for every cell.
struct ConstantRow {
  const float* value;
  int columns;
  HD void operator()(const CellsArrays&, int, std::int64_t, float* to) const {
    for (int k = 0; k < columns; ++k) to[k] = value[k];
  }
};

}  // namespace treewalk
