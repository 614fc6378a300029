// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "core/attention/attention.h"
#include "core/network/encoding.h"
#include "core/network/layers.h"
#include "core/network/mask_block.h"
#include "core/scene/scene.h"

namespace treewalk {

using SharedMasks = std::shared_ptr<const std::vector<BlockMask>>;

/// The input for which steps are prepared, and what they share there.
struct Preparation {
  const Scene& scene;
  bool for_training;      ///< rows and masks get their transposes
  bool clusters = false;  ///< the network chooses clusters, so that families are known only once it has
  std::map<std::array<int, 3>, SharedRows> rows{};    ///< of families, by first and last level and number of ancestors
  std::map<std::array<int, 2>, SharedMasks> masks{};  ///< of walks that are drawn once, by first and last level
};

}  // namespace treewalk
