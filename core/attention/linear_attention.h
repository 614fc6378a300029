// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include "core/geometry/graph.h"

namespace treewalk {

/// Queries and keys as positive features (feature_map.h), [n,H*R] and [m,H*R], and values [m,H*D]: float32, or float64
/// for gradient checks. They may be columns of wider matrices.
struct LinearInput {
  at::Tensor query, key, value;
  std::int64_t heads = 1;
  double epsilon = 1e-6;  ///< added to every denominator, but of exponentials
  /// Masked attention over entries only: weights are exp(<q, k>), a softmax over the mask's entries, and queries and
  /// keys need not be positive.
  bool exponential = false;
};

/// A sparse mask: values [E,H], or [E,1] for one that all heads share.
struct MaskRows {
  Csr rows;
  Transposed transposed;  ///< needed for the backward pass only
};
MaskRows with_transpose(MaskRows mask);

/// Linear attention under a mask M ("Linear Transformer Topological Masking with Graph Random Features", ICLR 2025, Eq.
/// 12), for any sparse mask: Phi itself (asymmetric) or Phi Phi^T:
///   output_h(i) = sum_j w_ij value_h(j) / (sum_j w_ij + epsilon),   w_ij = M_h(i,j) <query_h(i), key_h(j)>,
/// or M_h(i,j) exp(<query_h(i), key_h(j)>) where the input says so, without epsilon: a row's largest exponential is
/// taken out of all, so that none underflows as a whole, and beside it an epsilon would count for more or less by where
/// that lies. One pass over the entries with products and both sums; nothing of size E x H*D is stored. A row without
/// entries, or whose weights add up to exactly 0, gives zeros and has no gradient. Differentiable in query, key, value
/// and mask. Bit-identical for any number of threads.
at::Tensor masked_attention(const LinearInput& input, const MaskRows& rows, const at::Tensor& mask);

}  // namespace treewalk
