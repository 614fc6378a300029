// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

/// A step of AdamW and of the weights' average. Item = weight.
struct AdamStep {
  static constexpr std::int64_t grain = 1 << 14;
  const float* gradient;
  const float* scale;         ///< one number: what the gradient is multiplied by
  const std::uint8_t* decay;  ///< whether the weight shrinks
  float *weight, *average, *first, *second;
  float beta1, beta2, step_size, second_scale, keep, average_share;

  HD void operator()(std::int64_t i) const {
    const float g = gradient[i] * *scale;
    const float m = beta1 * first[i] + (1 - beta1) * g;
    const float v = beta2 * second[i] + (1 - beta2) * g * g;
    const float w = weight[i] * (decay[i] ? keep : 1.0f) - step_size * m / (std::sqrt(v * second_scale) + 1e-8f);
    first[i] = m;
    second[i] = v;
    weight[i] = w;
    average[i] += average_share * (w - average[i]);
  }
};

}  // namespace treewalk
