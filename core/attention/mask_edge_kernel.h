// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/attention/attention_arrays.h"
#include "core/attention/row_kernel.h"
#include "core/device/portable.h"

namespace treewalk {

/// What entries of masks bring (row_attention_kernel.h): a factor M. With p = q . k, or exp(q . k - peak), y the result
/// and g its gradient, the backward pass has
///   dw_j = (g . v_j - g . y) / denominator,   dM_j = dw_j p_j,   d(q . k_j) = M_j dw_j p'_j,   p' = 1 or p.
template <class Real_>
struct MaskEdges : MaskedArrays<Real_> {
  using Real = Real_;
  using A = MaskedArrays<Real>;
  static constexpr int sums = 0, back_sums = 0, any_width_blocks = sizeof(Real) == 4 ? kAttentionBlocks : 9;
  static constexpr bool reads_products = true;
  struct Edge {
    Real factor;
  };
  MaskEdges(const A& arrays) : A(arrays) {}

  HD bool softmax() const { return A::exponential; }
  template <class Index>
  HD Edge edge(Index /*row*/, int head, std::uint32_t entry) const {
    return {A::mask[A::mask_heads > 1 ? slot(head, entry) : entry]};
  }
  template <class Index>
  HD static Real logit(Real product, const Edge&, Index /*item*/, int /*head*/, std::uint32_t /*entry*/) {
    return product;
  }
  HD static void keep_logit(Real /*logit*/, int /*head*/, std::uint32_t /*entry*/) {}
  HD static Real weighted(Real weight, const Edge& edge, bool mine) { return mine ? weight * edge.factor : 0; }
  template <class Sums, class Lanes>
  HD static void add_sums(Sums&, Real /*weight*/, const Edge&, const Lanes&) {}
  HD Real total(Real sum) const { return sum + A::epsilon; }
  template <class Index, class Sums, class Lanes>
  HD void finish(Index item, std::uint32_t /*row*/, int /*head*/, Real peak, Real total, Real /*normal*/, const Sums&,
                 const Lanes& lanes) const {
    if (lanes.rank() == 0) A::denominator[item] = total;
    if (lanes.rank() == 0 && A::exponential) A::peak[item] = peak;
  }

  template <class Index>
  HD static Real add_to_mean(Real sum, Index /*item*/) {
    return sum;
  }
  template <class Index>
  HD Real product_gradient_of(Real product, Real change, Real mean, const Edge& edge, Index item, int head,
                              std::uint32_t entry, bool mine) const {
    if (!mine) return 0;
    const std::uint64_t place = slot(head, entry);
    const Real total = A::denominator[item], normal = total == 0 ? Real(0) : 1 / total;
    if (A::exponential) product = std::exp(product - A::peak[item]);
    change = (change - mean) * normal;
    A::weight[place] = edge.factor * product * normal;
    if (A::mask_gradient) A::mask_gradient[place] = change * product;
    return A::product_gradient[place] = edge.factor * change * (A::exponential ? product : 1);
  }
  template <class Sums, class Lanes>
  HD static void add_back_sums(Sums&, Real /*gradient*/, const Edge&, const Lanes&) {}
  template <class Index, class Sums, class Lanes>
  HD static void finish_backward(Index /*item*/, const Sums&, const Lanes&) {}

 private:
  HD std::uint64_t slot(int head, std::uint32_t entry) const {
    return std::uint64_t(entry) * std::uint32_t(A::heads) + head;
  }
};

}  // namespace treewalk
