// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "tests/benchmark/row_process.h"

namespace treewalk {

// Plain full attention as LibTorch's users write it: every point attends to every point by LibTorch's own
// scaled_dot_product_attention, in pre-norm blocks with an MLP of twice the width; no structure is made. The size of
// the narrow network of equal_recipes.h: width 128, 4 heads, 4 blocks, a hidden layer of 512 before 40 classes, which
// sees the mean and the maximum of all points. A point comes with its position and its normal.

/// The whole network for one cloud: scores, or a loss and its gradients.
Figures full_attention(const Run& run, std::int64_t points, bool backward);

/// One block of it, or the attention in it without its projections and its MLP.
Figures full_attention_layer(const Run& run, std::int64_t points, bool whole_block, bool backward);

}  // namespace treewalk
