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

/// Edge geometry g of query node x and key node y (attention.h); zero for a node and itself.
template <class Real>
HD inline void edge_geometry(const float* node, std::int64_t x, std::int64_t y, float relation_scale, Real* g) {
  const float *from = node + x * kRecord, *to = node + y * kRecord;
  if (x == y) {
    for (int c = 0; c < kGeometry; ++c) g[c] = 0;
    return;
  }
  Real squared = 0, along = 0, bend = 0;
  const Real size = from[3], unit = 1 / (size * Real(relation_scale));
  for (int c = 0; c < 3; ++c) {
    const Real delta = Real(to[c]) - Real(from[c]);
    squared += delta * delta;
    along += Real(to[4 + c]) * delta;
    bend += Real(to[4 + c]) * Real(from[4 + c]);
    g[c] = delta * unit;
  }
  along /= size;
  g[3] = std::sqrt(squared) * unit;
  g[4] = along < -4 ? Real(-4) : along > 4 ? Real(4) : along;
  g[5] = bend - 1;
}

/// Forward pass, item = row * heads + head: softmax with a running maximum, so that a row is read once.
template <class Real>
struct AttentionForward : AttentionArrays<Real> {
  static constexpr std::int64_t grain = 256;
  static constexpr int cuda_lanes = kCudaLanes;
  using A = AttentionArrays<Real>;
  explicit AttentionForward(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t row = item / A::heads, stride = std::int64_t(A::heads) * A::width;
    const int head = int(item % A::heads), rank = lanes.rank();
    const std::int32_t begin = A::offset[row], end = A::offset[row + 1];
    const std::int64_t channel = std::int64_t(head) * A::width;
    const Real* position = A::position_query + item * kGeometry;
    Real* out = A::output + row * stride + channel;
    for (int c = rank; c < A::width; c += Lanes::size) out[c] = 0;

    Real largest = -INFINITY, total = 0, geometry_sum[kGeometry] = {0, 0, 0, 0, 0, 0};
    for (std::int32_t first = begin; first < end; first += Lanes::size) {
      const int count = end - first < Lanes::size ? end - first : Lanes::size;
      const std::int32_t* column = A::column + first;
      Real logit = A::scale * dot_rows(A::query + row * A::query_stride + channel, A::key + channel, column,
                                       A::key_stride, count, A::width, lanes);
      Real g[kGeometry] = {0, 0, 0, 0, 0, 0};
      if (rank < count) {
        const int relation = A::relation[first + rank];
        const Real* slope = A::relation_slope + (std::int64_t(relation) * A::heads + head) * kGeometry;
        edge_geometry(A::node, A::first_query + row, A::first_key + column[rank], A::relation_scale[relation], g);
        for (int c = 0; c < kGeometry; ++c) logit += g[c] * (position[c] + slope[c]);
        logit += A::relation_bias[relation * A::heads + head];
        if (A::probability) A::probability[std::int64_t(first + rank) * A::heads + head] = logit;
      } else {
        logit = -INFINITY;
      }
      const Real highest = lanes.max(logit), peak = highest > largest ? highest : largest;
      const Real shrink = std::exp(largest - peak);  // 0 for the first chunk
      const Real weight = std::exp(logit - peak);    // 0 for a lane without an entry
      total = total * shrink + lanes.sum(weight);
      for (int c = 0; c < kGeometry; ++c) geometry_sum[c] = geometry_sum[c] * shrink + weight * g[c];
      add_weighted_rows(A::value + channel, column, A::value_stride, count, A::width, weight, shrink, out, lanes);
      largest = peak;
    }

    const Real normal = end > begin ? 1 / total : 0;
    for (int c = rank; c < A::width; c += Lanes::size) out[c] *= normal;
    for (int c = 0; c < kGeometry; ++c) {
      const Real sum = lanes.sum(geometry_sum[c]);
      if (rank == 0) A::geometry_sum[item * kGeometry + c] = sum * normal;
    }
    if (!A::probability) return;
    for (std::int64_t entry = begin + rank; entry < end; entry += Lanes::size) {
      Real& p = A::probability[entry * A::heads + head];
      p = std::exp(p - largest) * normal;
    }
  }
};

/// Backward pass by row, item = row * heads + head: gradients of the logits, of query and of position_query.
template <class Real>
struct AttentionBackwardRow : AttentionArrays<Real> {
  static constexpr std::int64_t grain = 256;
  static constexpr int cuda_lanes = kCudaLanes;
  using A = AttentionArrays<Real>;
  explicit AttentionBackwardRow(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t row = item / A::heads, stride = std::int64_t(A::heads) * A::width;
    const int head = int(item % A::heads), rank = lanes.rank();
    const std::int32_t begin = A::offset[row], end = A::offset[row + 1];
    const std::int64_t channel = std::int64_t(head) * A::width;
    const Real* out_gradient = A::output_gradient + row * stride + channel;
    const Real* geometry_gradient = A::geometry_gradient + item * kGeometry;
    Real* query_gradient = A::query_gradient + row * stride + channel;
    for (int c = rank; c < A::width; c += Lanes::size) query_gradient[c] = 0;

    // sum_v a_v (dL/da_v), which the softmax subtracts, equals gradient . result: no first pass over the row.
    Real partial = 0;
    for (int c = rank; c < A::width; c += Lanes::size)
      partial += out_gradient[c] * A::output[row * stride + channel + c];
    Real mean = lanes.sum(partial);
    for (int c = 0; c < kGeometry; ++c) mean += geometry_gradient[c] * A::geometry_sum[item * kGeometry + c];

    Real position_sum[kGeometry] = {0, 0, 0, 0, 0, 0};
    for (std::int32_t first = begin; first < end; first += Lanes::size) {
      const int count = end - first < Lanes::size ? end - first : Lanes::size;
      const std::int32_t* column = A::column + first;
      Real gradient = dot_rows(out_gradient, A::value + channel, column, A::value_stride, count, A::width, lanes);
      if (rank < count) {
        Real g[kGeometry];
        edge_geometry(A::node, A::first_query + row, A::first_key + column[rank],
                      A::relation_scale[A::relation[first + rank]], g);
        for (int c = 0; c < kGeometry; ++c) gradient += geometry_gradient[c] * g[c];
        const std::int64_t slot = std::int64_t(first + rank) * A::heads + head;
        gradient = A::probability[slot] * (gradient - mean);
        A::logit_gradient[slot] = gradient;
        for (int c = 0; c < kGeometry; ++c) position_sum[c] += gradient * g[c];
      }
      add_weighted_rows(A::key + channel, column, A::key_stride, count, A::width, gradient * A::scale, Real(1),
                        query_gradient, lanes);
    }
    for (int c = 0; c < kGeometry; ++c) {
      const Real sum = lanes.sum(position_sum[c]);
      if (rank == 0) A::position_gradient[item * kGeometry + c] = sum;
    }
  }
};

/// Backward pass of relation_slope and relation_bias, item = piece * heads + head: partial sums of a piece of rows.
/// Lanes split the components, not the entries, so that each has its own sums.
template <class Real>
struct AttentionBackwardRelation : AttentionArrays<Real> {
  static constexpr std::int64_t grain = 1;
  static constexpr int cuda_lanes = kCudaLanes;
  using A = AttentionArrays<Real>;
  explicit AttentionBackwardRelation(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t piece = item / A::heads, first = piece * kAttentionPiece;
    const std::int64_t last = first + kAttentionPiece < A::queries ? first + kAttentionPiece : A::queries;
    const int head = int(item % A::heads);
    Real* sums = A::relation_partial + (piece * A::relations * A::heads + head) * kPartial;
    const std::int64_t step = std::int64_t(A::heads) * kPartial;  // from one relation to the next
    for (int relation = 0; relation < A::relations; ++relation)
      for (int c = lanes.rank(); c < kPartial; c += Lanes::size) sums[relation * step + c] = 0;
    for (std::int64_t row = first; row < last; ++row) {
      for (std::int64_t entry = A::offset[row]; entry < A::offset[row + 1]; ++entry) {
        const int relation = A::relation[entry];
        const Real gradient = A::logit_gradient[entry * A::heads + head];
        Real g[kPartial];
        edge_geometry(A::node, A::first_query + row, A::first_key + A::column[entry], A::relation_scale[relation], g);
        g[6] = 1;
        g[7] = 0;
        for (int c = lanes.rank(); c < kPartial; c += Lanes::size) sums[relation * step + c] += gradient * g[c];
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
