// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/attention/attention_arrays.h"
#include "core/attention/row_kernel.h"
#include "core/device/portable.h"

// Family attention for any device. An item is one head of one row (or of one key); its lanes split the channels of dot
// products and sums, and each holds one entry of a chunk of lanes.size entries, whose geometry and weight it alone
// computes. A lane only reads back memory that it wrote itself, so no synchronisation is needed besides the
// collectives.

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

/// Forward pass, item = row * heads + head: softmax with a running maximum, so that a row is read once.
template <class Real>
struct AttentionForward : AttentionArrays<Real> {
  static constexpr std::int64_t grain = 256;
  static constexpr int cuda_lanes = kCudaLanes, cuda_blocks = sizeof(Real) == 4 ? 9 : 1;
  using A = AttentionArrays<Real>;
  explicit AttentionForward(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const auto row = std::int32_t(item / A::heads);
    const int head = int(item % A::heads), rank = lanes.rank(), channel = head * A::width;
    Real* const out = A::output + std::int64_t(row) * (A::heads * A::width) + channel;
    for (int c = rank; c < A::width; c += Lanes::size) out[c] = 0;
    for (int c = rank; c < kEdgeGeometry; c += Lanes::size) A::geometry_sum[item * kEdgeGeometry + c] = 0;

    Real largest = -INFINITY, total = 0;
    for (std::int32_t first = A::offset[row]; first < A::offset[row + 1]; first += Lanes::size) {
      const int count = A::offset[row + 1] - first < Lanes::size ? A::offset[row + 1] - first : Lanes::size;
      Real logit = A::scale * dot_rows(A::query + row * A::query_stride + channel, A::key + channel, A::column + first,
                                       A::key_stride, count, A::width, lanes);
      logit = rank < count ? logit + of_geometry(item, row, first + rank) : -INFINITY;
      if (rank < count && A::probability) A::probability[std::int64_t(first + rank) * A::heads + head] = logit;
      const Real highest = lanes.max(logit), peak = highest > largest ? highest : largest;
      const Real shrink = std::exp(largest - peak);  // 0 for the first chunk
      const Real weight = std::exp(logit - peak);    // 0 for a lane without an entry
      largest = peak;
      total = total * shrink + lanes.sum(weight);
      add_weighted_rows(A::value + channel, A::column + first, A::value_stride, count, A::width, weight, shrink, out,
                        lanes);
      // Found once more: kept meanwhile, the geometry would cost six registers, and with them residence.
      geometry(row, first + (rank < count ? rank : 0), [&](int c, Real g) {
        const Real sum = lanes.sum(weight * g);  // of lanes without an entry the weight is 0
        Real& all = A::geometry_sum[item * kEdgeGeometry + c];
        if (rank == c % Lanes::size) all = all * shrink + sum;
      });
    }

    const Real normal = A::offset[row + 1] > A::offset[row] ? 1 / total : 0;
    for (int c = rank; c < A::width; c += Lanes::size) out[c] *= normal;
    for (int c = rank; c < kEdgeGeometry; c += Lanes::size) A::geometry_sum[item * kEdgeGeometry + c] *= normal;
    if (!A::probability) return;
    for (std::int32_t entry = A::offset[row] + rank; entry < A::offset[row + 1]; entry += Lanes::size) {
      Real& p = A::probability[std::int64_t(entry) * A::heads + head];
      p = std::exp(p - largest) * normal;
    }
  }

 private:
  template <class Take>
  HD void geometry(std::int32_t row, std::int32_t entry, const Take& take) const {
    edge_geometry<Real>(A::node, A::first_query + row, A::first_key + A::column[entry],
                        A::relation_scale[A::relation[entry]], take);
  }
  /// What the relation and the geometry of an entry add to its logit.
  HD Real of_geometry(std::int64_t item, std::int32_t row, std::int32_t entry) const {
    const int place = A::relation[entry] * A::heads + int(item % A::heads);
    Real sum = A::relation_bias[place];
    geometry(row, entry, [&](int c, Real g) {
      sum += g * (A::position_query[item * kEdgeGeometry + c] + A::relation_slope[place * kEdgeGeometry + c]);
    });
    return sum;
  }
};

/// Backward pass by row, item = row * heads + head: gradients of the logits, of query and of position_query.
template <class Real>
struct AttentionBackwardRow : AttentionArrays<Real> {
  static constexpr std::int64_t grain = 256;
  static constexpr int cuda_lanes = kCudaLanes, cuda_blocks = sizeof(Real) == 4 ? 9 : 1;
  using A = AttentionArrays<Real>;
  explicit AttentionBackwardRow(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const auto row = std::int32_t(item / A::heads);
    const int head = int(item % A::heads), rank = lanes.rank(), channel = head * A::width;
    const std::int64_t place = std::int64_t(row) * (A::heads * A::width) + channel;
    const Real* out_gradient = A::output_gradient + place;
    Real* query_gradient = A::query_gradient + place;
    for (int c = rank; c < A::width; c += Lanes::size) query_gradient[c] = 0;
    for (int c = rank; c < kEdgeGeometry; c += Lanes::size) A::position_gradient[item * kEdgeGeometry + c] = 0;

    // sum_v a_v (dL/da_v), which the softmax subtracts, equals gradient . result: no first pass over the row.
    Real partial = 0;
    for (int c = rank; c < A::width; c += Lanes::size) partial += out_gradient[c] * A::output[place + c];
    Real mean = lanes.sum(partial);
    for (int c = 0; c < kEdgeGeometry; ++c)
      mean += A::geometry_gradient[item * kEdgeGeometry + c] * A::geometry_sum[item * kEdgeGeometry + c];

    for (std::int32_t first = A::offset[row]; first < A::offset[row + 1]; first += Lanes::size) {
      const int count = A::offset[row + 1] - first < Lanes::size ? A::offset[row + 1] - first : Lanes::size;
      Real gradient =
          dot_rows(out_gradient, A::value + channel, A::column + first, A::value_stride, count, A::width, lanes);
      const std::int32_t entry = first + (rank < count ? rank : 0);
      if (rank < count) {
        geometry(row, entry, [&](int c, Real g) { gradient += A::geometry_gradient[item * kEdgeGeometry + c] * g; });
        const std::int64_t slot = std::int64_t(entry) * A::heads + head;
        gradient = A::probability[slot] * (gradient - mean);
        A::logit_gradient[slot] = gradient;
      } else {
        gradient = 0;
      }
      geometry(row, entry, [&](int c, Real g) {
        const Real sum = lanes.sum(gradient * g);
        if (rank == c % Lanes::size) A::position_gradient[item * kEdgeGeometry + c] += sum;
      });
      add_weighted_rows(A::key + channel, A::column + first, A::key_stride, count, A::width, gradient * A::scale,
                        Real(1), query_gradient, lanes);
    }
  }

 private:
  template <class Take>
  HD void geometry(std::int32_t row, std::int32_t entry, const Take& take) const {
    edge_geometry<Real>(A::node, A::first_query + row, A::first_key + A::column[entry],
                        A::relation_scale[A::relation[entry]], take);
  }
};

/// Backward pass of relation_slope and relation_bias, item = piece * heads + head: partial sums of a piece of rows.
/// Lanes split the components, not the entries, so that each has its own sums.
template <class Real>
struct AttentionBackwardRelation : AttentionArrays<Real> {
  static constexpr std::int64_t grain = 1;
  static constexpr int cuda_lanes = kCudaLanes, cuda_blocks = sizeof(Real) == 4 ? kAttentionBlocks : 1;
  using A = AttentionArrays<Real>;
  explicit AttentionBackwardRelation(const A& arrays) : A(arrays) {}

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
        const Real gradient = A::logit_gradient[std::int64_t(entry) * A::heads + head];
        SharedSums<Real, kPartial, Lanes> part;
        edge_geometry<Real>(A::node, A::first_query + row, A::first_key + A::column[entry], A::relation_scale[relation],
                            [&](int c, Real g) { part.add(c, gradient * g, lanes); });
        part.add(kEdgeGeometry, gradient, lanes);
        part.each(lanes, [&](int c, Real sum) { sums[relation * step + c] += sum; });
      }
    }
  }
};

/// Backward pass by key, item = key * heads + head: gradients of key and value, entries in the order of their rows.
template <class Real>
struct AttentionBackwardKey : AttentionArrays<Real> {
  static constexpr std::int64_t grain = 256;
  static constexpr int cuda_lanes = kCudaLanes;
  using A = AttentionArrays<Real>;
  explicit AttentionBackwardKey(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t key = item / A::heads, stride = std::int64_t(A::heads) * A::width;
    const int head = int(item % A::heads);
    const std::int64_t channel = std::int64_t(head) * A::width;
    for (int c = lanes.rank(); c < A::width; c += Lanes::size) {
      Real key_sum = 0, value_sum = 0;
      for (std::int32_t t = A::key_offset[key]; t < A::key_offset[key + 1]; ++t) {
        const std::int64_t slot = std::int64_t(A::key_entry[t]) * A::heads + head;
        key_sum += A::logit_gradient[slot] * A::query[A::key_query[t] * A::query_stride + channel + c];
        value_sum += A::probability[slot] * A::output_gradient[A::key_query[t] * stride + channel + c];
      }
      A::key_gradient[key * stride + channel + c] = key_sum * A::scale;
      A::value_gradient[key * stride + channel + c] = value_sum;
    }
  }
};

}  // namespace treewalk
