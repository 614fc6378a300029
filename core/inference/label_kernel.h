// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

/// Item = row of probabilities: its best class and how sure that is.
struct LabelRows {
  static constexpr std::int64_t grain = 1 << 14;
  const float* probability;   ///< [n, classes]
  const std::int32_t* order;  ///< [n] where each row's results go; null: to its own place
  int classes;
  std::int32_t* label;  ///< [n] number of the class
  float* confidence;    ///< [n]
  float* copy;          ///< [n, classes]; null: not asked for

  HD void operator()(std::int64_t row) const {
    const std::int64_t to = order ? order[row] : row;
    const float* own = probability + row * classes;
    int best = 0;
    for (int c = 1; c < classes; ++c) best = own[c] > own[best] ? c : best;
    label[to] = best;
    confidence[to] = own[best];
    if (!copy) return;
    for (int c = 0; c < classes; ++c) copy[to * classes + c] = own[c];
  }
};

/// Item = point that was not seen: the mean of its nearest points' probabilities, weighted by nearness.
struct MeanOfNearest {
  static constexpr std::int64_t grain = 1 << 12;
  const float* probability;   ///< [seen, classes]
  const std::int32_t* index;  ///< [n, nearest], -1: none
  const float* squared_distance;
  int nearest, classes;
  float* mean;  ///< [n, classes]

  HD void operator()(std::int64_t item) const {
    float* to = mean + item * classes;
    float sum = 0;
    for (int c = 0; c < classes; ++c) to[c] = 0;
    for (int k = 0; k < nearest; ++k) {
      const std::int64_t from = index[item * nearest + k];
      if (from < 0) continue;
      const float weight = 1 / (std::sqrt(squared_distance[item * nearest + k]) + 1e-9f);
      sum += weight;
      for (int c = 0; c < classes; ++c) to[c] += weight * probability[from * classes + c];
    }
    for (int c = 0; c < classes; ++c) to[c] /= sum;
  }
};

}  // namespace treewalk
