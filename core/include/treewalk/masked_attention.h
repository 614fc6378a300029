// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <memory>

#include "treewalk/walks.h"

namespace at {
class Tensor;  // LibTorch's, which code that calls these functions includes itself
}

namespace treewalk {

/// Attention under a mask of walks as a differentiable LibTorch function: for models of one's own on graphs. On the
/// CPU.
class TREEWALK_EXPORT MaskedAttention {
 public:
  /// exponential: weights exp(<q, k> / sqrt(R)), a softmax over the mask's entries; linear: <q, k> of queries and keys
  /// that are positive already, such as their relu, with which this is the masked linear attention of "Linear
  /// Transformer Topological Masking with Graph Random Features" (ICLR 2025, Eq. 12).
  enum Weights { exponential, linear };

  /// Walks once over the graph. The options' modulation says how many hops there are, and which of them matter where
  /// rows are thinned; its values are given with every call. Throws Error as walk_mask does.
  MaskedAttention(const KnnGraphArrays& graph, const WalkMaskOptions& options);
  ~MaskedAttention();
  MaskedAttention(MaskedAttention&&) noexcept;
  MaskedAttention& operator=(MaskedAttention&&) noexcept;

  /// The mask as CSR: offset [N+1] and column [E], int32, columns of a row ascending.
  at::Tensor offset() const;
  at::Tensor column() const;
  /// Its values [E,H] for a modulation f [H,L+1], float32 or float64: sum_t f_ht W^t, or that times its transpose.
  /// Differentiable in f.
  at::Tensor mask(const at::Tensor& f) const;

  /// output_h(i) = sum_j w_ij value_h(j) / (sum_j w_ij + 1e-6), w_ij = mask_h(i,j) times the weight of query_h(i) and
  /// key_h(j): query and key [N,H*R], value [N,H*D], result [N,H*D]; heads lie one after the other in a row.
  /// Differentiable in all four. f must not be negative. The same bits for any number of threads.
  at::Tensor operator()(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const at::Tensor& f,
                        Weights weights = exponential) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace treewalk
