// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <string_view>

#include "core/device/random.h"

namespace treewalk {

/// One cloud of one batch. All that is random about it depends on these numbers only.
struct Draw {
  std::uint64_t seed = 0;    ///< of the training
  std::uint64_t number = 0;  ///< step * batch + place in the batch

  /// A stream for each purpose; the augmentation names its own by its changes.
  RandomStream random(std::string_view purpose) const { return {seed, purpose, number}; }
};

}  // namespace treewalk
