// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

namespace treewalk {

/// What makes queries and keys positive, so that their products can weigh values in linear attention.
enum class FeatureMap {
  relu,  ///< max(x, 0) + 1e-6, queries over sqrt(D) before (ICLR 2025)
  elu,   ///< elu(x) + 1 (Katharopoulos et al., "Transformers are RNNs", ICML 2020)
  /// Weights exp(q.k / sqrt(D)) themselves, a softmax over a mask's entries: queries over sqrt(D), keys as they are.
  exponential,
  favor,  ///< positive random features of exp(q.k / sqrt(D)) (Choromanski et al., "Rethinking Attention", ICLR 2021)
};
/// "relu", "elu", "exponential", "favor".
const char* name_of(FeatureMap map);

}  // namespace treewalk
