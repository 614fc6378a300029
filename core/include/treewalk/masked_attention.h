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

/// \ingroup core
/// Attention under a mask of walks as a differentiable LibTorch function: for models of one's own on graphs. On the
/// CPU. Nodes may be numbered in any way: where neighbours have far numbers, they are brought near each other inside,
/// by the graph alone, and rows come back in the caller's order.
class TREEWALK_EXPORT MaskedAttention {
 public:
  /// How a query q and a key k of R numbers make a weight.
  enum Weights {
    exponential,  ///< exp(q.k / sqrt(R)): a softmax over the mask's entries
    /// q.k of queries and keys that are positive already, such as their relu: the masked linear attention of "Linear
    /// Transformer Topological Masking with Graph Random Features" (ICLR 2025, Eq. 12)
    linear
  };

  /// Walks once over the graph. The options' modulation says only which hops matter where rows are thinned; the mask's
  /// own is given with every call. Throws Error as walk_mask does.
  /// \param graph N nodes
  /// \param options how it is walked
  /// \param threads 0: as many as the machine has cores
  MaskedAttention(const KnnGraphArrays& graph, const WalkOptions& options, int threads = 0);
  ~MaskedAttention();
  MaskedAttention(MaskedAttention&&) noexcept;  ///< The other may only be assigned to after that.
  /// Moves likewise.
  /// \return this
  MaskedAttention& operator=(MaskedAttention&&) noexcept;

  /// The mask as CSR: where each row's entries start.
  /// \return [N+1] int32
  at::Tensor offset() const;
  /// The mask as CSR: the node of each entry.
  /// \return [E] int32, ascending in each row
  at::Tensor column() const;
  /// The mask's values: sum_t f_ht W^t, or that times its transpose. Differentiable in f.
  /// \param f [H,L+1] the modulation of each head, float32 or float64
  /// \return [E,H], of f's type
  at::Tensor mask(const at::Tensor& f) const;

  /// output_h(i) = sum_j w_ij value_h(j) / (sum_j w_ij + 1e-6), w_ij = mask_h(i,j) times the weight of query_h(i) and
  /// key_h(j). Heads lie one after the other in a row. Differentiable in all four. The same bits for any number of
  /// threads.
  /// \param query [N,H*R]
  /// \param key [N,H*R]
  /// \param value [N,H*D]
  /// \param f [H,L+1] the modulation of each head, not negative
  /// \param weights how query and key make a weight
  /// \return [N,H*D]
  at::Tensor operator()(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const at::Tensor& f,
                        Weights weights = exponential) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace treewalk
