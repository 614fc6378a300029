// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/random.h"

namespace treewalk {

/// What a draw's random numbers are for; the augmentation has streams of its own.
enum class Purpose : std::uint64_t {
  order = 1,
  phase = 2,
  loss_points = 3,
  feature_dropout = 4,
  stratum = 5,
  thinning = 6,
  size = 7
};

/// One cloud of one batch. All that is random about it depends on these numbers only.
struct Draw {
  std::uint64_t seed = 0;  ///< of the training
  std::int64_t step = 0;
  int place = 0;  ///< in the batch

  RandomStream random(Purpose purpose) const {
    return {seed, std::uint64_t(purpose) << 56 | std::uint64_t(place) << 40 | std::uint64_t(step)};
  }
};

}  // namespace treewalk
