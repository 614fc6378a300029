// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace treewalk {

/// What makes queries and keys positive, so that their products can weigh values in linear attention.
enum class FeatureMap {
  relu,  ///< max(x, 0) + 1e-6, queries over sqrt(D) before (ICLR 2025)
  elu,   ///< elu(x) + 1 (Katharopoulos et al., "Transformers are RNNs", ICML 2020)
  /// Weights exp(q.k / sqrt(D)) themselves, a softmax over a mask's entries: queries over sqrt(D), keys as they are.
  exponential,
  favor,  ///< positive random features of exp(q.k / sqrt(D)) (Choromanski et al., "Rethinking Attention", ICLR 2021)
};
/// "relu", "elu", "exponential", "favor"; throws for another name.
FeatureMap feature_map_named(const std::string& name);
const char* name_of(FeatureMap map);

/// FAVOR+'s directions [features, width] float64: Gaussian lengths, orthogonal to each other within every `width` rows.
at::Tensor favor_directions(std::int64_t features, std::int64_t width, std::uint64_t seed);

/// Features [n,H*R] of x [n,H*D]: R = D, or the rows of `directions` (which stay on the CPU) for favor. keys: whether x
/// are keys; their scale is taken from all rows together, that of queries from each row, and both cancel in the
/// attention's quotient.
at::Tensor features_of(const at::Tensor& x, std::int64_t heads, FeatureMap map, bool keys,
                       const at::Tensor& directions = {});

}  // namespace treewalk
