// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/attention/feature_map_name.h"

namespace treewalk {

/// FAVOR+'s directions [features, width] float64: Gaussian lengths, orthogonal to each other within every `width` rows.
at::Tensor favor_directions(std::int64_t features, std::int64_t width, std::uint64_t seed);

/// Features [n,H*R] of x [n,H*D]: R = D, or the rows of `directions` (which stay on the CPU) for favor. keys: whether x
/// are keys; their scale is taken from all rows together, that of queries from each row, and both cancel in the
/// attention's quotient.
at::Tensor features_of(const at::Tensor& x, std::int64_t heads, FeatureMap map, bool keys,
                       const at::Tensor& directions = {});

}  // namespace treewalk
