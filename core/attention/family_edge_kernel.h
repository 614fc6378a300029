// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/attention/attention_arrays.h"
#include "core/attention/row_kernel.h"
#include "core/device/portable.h"

namespace treewalk {

/// take(c, g_c) for c = 0 .. 5: the edge geometry g of query node x and key node y (attention.h); zero for a node and
/// itself. One by one, so that whoever adds them up needs no room for all.
template <class Real, class Take>
HD inline void edge_geometry(const float* node, std::int64_t x, std::int64_t y, float relation_scale,
                             const Take& take) {
  const float *from = node + x * kNodeRecord, *to = node + y * kNodeRecord;
  const bool other = x != y;
  const Real unit = 1 / (Real(from[3]) * Real(relation_scale));
  Real squared = 0, along = 0, bend = 0;
  UNROLL
  for (int c = 0; c < 3; ++c) {
    const Real delta = Real(to[c]) - Real(from[c]);
    squared += delta * delta;
    along += Real(to[4 + c]) * delta;
    bend += Real(to[4 + c]) * Real(from[4 + c]);
    take(c, other ? delta * unit : Real(0));
  }
  along *= unit * Real(relation_scale);  // divided by the size of the query's cell, once more
  take(3, other ? std::sqrt(squared) * unit : Real(0));
  take(4, !other ? Real(0) : along < -4 ? Real(-4) : along > 4 ? Real(4) : along);
  take(5, other ? bend - 1 : Real(0));
}

/// What entries of families bring (row_attention_kernel.h): a relation, and the geometry of their edge.
template <class Real_>
struct FamilyEdges : FamilyArrays<Real_> {
  using Real = Real_;
  using A = FamilyArrays<Real>;
  static constexpr int sums = kEdgeGeometry, back_sums = kEdgeGeometry, any_width_blocks = sizeof(Real) == 4 ? 9 : 7;
  static constexpr bool reads_products = false;
  struct Edge {
    Real g[kEdgeGeometry];
  };
  FamilyEdges(const A& arrays) : A(arrays) {}

  HD static constexpr bool softmax() { return true; }
  template <class Index>
  HD Edge edge(Index row, int /*head*/, std::uint32_t entry) const {
    Edge edge;
    edge_geometry<Real>(A::node, Index(A::first_query) + row, Index(A::first_key) + Index(A::column[entry]),
                        A::relation_scale[A::relation[entry]], [&](int c, Real x) { edge.g[c] = x; });
    return edge;
  }
  /// With what the relation and the geometry of an entry add.
  template <class Index>
  HD Real logit(Real product, const Edge& edge, Index item, int head, std::uint32_t entry) const {
    const std::uint32_t place = A::relation[entry] * std::uint32_t(A::heads) + head;
    const Real *position = A::position_query + item * kEdgeGeometry, *slope = A::relation_slope + place * kEdgeGeometry;
    Real sum = A::relation_bias[place];
    UNROLL
    for (int c = 0; c < kEdgeGeometry; ++c) sum += edge.g[c] * (position[c] + slope[c]);
    return product + sum;
  }
  HD void keep_logit(Real logit, int head, std::uint32_t entry) const {
    if (A::weight) A::weight[slot(head, entry)] = logit;
  }
  HD static Real weighted(Real weight, const Edge&, bool /*mine*/) { return weight; }
  template <class Sums, class Lanes>
  HD static void add_sums(Sums& sums, Real weight, const Edge& edge, const Lanes& lanes) {
    UNROLL
    for (int c = 0; c < kEdgeGeometry; ++c) sums.add(c, lanes.sum(weight * edge.g[c]), lanes);
  }
  HD static Real total(Real sum) { return sum; }
  template <class Index, class Sums, class Lanes>
  HD void finish(Index item, std::uint32_t row, int head, Real peak, Real /*total*/, Real normal, const Sums& sums,
                 const Lanes& lanes) const {
    Real* const geometry_sum = A::geometry_sum + item * kEdgeGeometry;
    sums.each(lanes, [&](int c, Real sum) {
      if (c < kEdgeGeometry) geometry_sum[c] = sum * normal;
    });
    if (!A::weight) return;
    const std::uint32_t end = A::offset[row + 1];
    for (std::uint32_t entry = A::offset[row] + lanes.rank(); entry < end; entry += Lanes::size) {
      Real& w = A::weight[slot(head, entry)];
      w = std::exp(w - peak) * normal;
    }
  }

  template <class Index>
  HD Real add_to_mean(Real sum, Index item) const {
    for (int c = 0; c < kEdgeGeometry; ++c)
      sum += A::geometry_gradient[item * kEdgeGeometry + c] * A::geometry_sum[item * kEdgeGeometry + c];
    return sum;
  }
  template <class Index>
  HD Real product_gradient_of(Real /*product*/, Real change, Real mean, const Edge& edge, Index item, int head,
                              std::uint32_t entry, bool mine) const {
    const Real* const geometry_gradient = A::geometry_gradient + item * kEdgeGeometry;
    UNROLL
    for (int c = 0; c < kEdgeGeometry; ++c) change += geometry_gradient[c] * edge.g[c];
    const std::uint64_t place = slot(head, entry);
    const Real gradient = mine ? A::weight[place] * (change - mean) : 0;
    if (mine) A::product_gradient[place] = gradient;
    return gradient;
  }
  template <class Sums, class Lanes>
  HD static void add_back_sums(Sums& sums, Real gradient, const Edge& edge, const Lanes& lanes) {
    add_sums(sums, gradient, edge, lanes);
  }
  template <class Index, class Sums, class Lanes>
  HD void finish_backward(Index item, const Sums& sums, const Lanes& lanes) const {
    Real* const position_gradient = A::position_gradient + item * kEdgeGeometry;
    sums.each(lanes, [&](int c, Real sum) { position_gradient[c] = sum; });
  }

 private:
  HD std::uint64_t slot(int head, std::uint32_t entry) const {
    return std::uint64_t(entry) * std::uint32_t(A::heads) + head;
  }
};

/// Backward pass of relation_slope and relation_bias, item = piece * heads + head: partial sums of a piece of rows.
/// Lanes split the components, not the entries, so that each has its own sums.
template <class Real>
struct FamilyBackwardRelation : FamilyArrays<Real> {
  static constexpr std::int64_t grain = 1;
  static constexpr int cuda_lanes = kCudaLanes, cuda_blocks = sizeof(Real) == 4 ? kAttentionBlocks : 1;
  using A = FamilyArrays<Real>;
  explicit FamilyBackwardRelation(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t piece = item / A::heads, first = piece * kAttentionPiece;
    const std::int64_t last = first + kAttentionPiece < A::queries ? first + kAttentionPiece : A::queries;
    const int head = int(item % A::heads), step = A::heads * kPartial;  // from one relation to the next
    Real* const sums = A::relation_partial + (piece * A::relations * A::heads + head) * kPartial;
    for (int relation = 0; relation < A::relations; ++relation)
      for (int c = lanes.rank(); c < kPartial; c += Lanes::size) sums[relation * step + c] = 0;
    std::int32_t entry = A::offset[first];
    for (std::int64_t row = first; row < last; ++row) {
      for (; entry < A::offset[row + 1]; ++entry) {
        const int relation = A::relation[entry];
        const Real gradient = A::product_gradient[std::int64_t(entry) * A::heads + head];
        SharedSums<Real, kPartial, Lanes> part;
        edge_geometry<Real>(A::node, A::first_query + row, A::first_key + A::column[entry], A::relation_scale[relation],
                            [&](int c, Real g) { part.add(c, gradient * g, lanes); });
        part.add(kEdgeGeometry, gradient, lanes);
        part.each(lanes, [&](int c, Real sum) { sums[relation * step + c] += sum; });
      }
    }
  }
};

}  // namespace treewalk
