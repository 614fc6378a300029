// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/attention/linear_arrays.h"
#include "core/attention/row_kernel.h"

// Masked linear attention for any device: products with the mask's entries and sums over them in one pass, numerator
// and denominator together. An item is one head of one row (or of one key).

namespace treewalk {

/// Forward pass, item = row * heads + head.
template <class Real>
struct LinearForward : LinearArrays<Real> {
  static constexpr std::int64_t grain = 256;
  static constexpr int cuda_lanes = kCudaLanes, cuda_blocks = sizeof(Real) == 4 ? kAttentionBlocks : 1;
  using A = LinearArrays<Real>;
  explicit LinearForward(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t row = item / A::heads;
    const int head = int(item % A::heads), rank = lanes.rank(), mask_head = A::mask_heads > 1 ? head : 0;
    const std::int32_t begin = A::offset[row], end = A::offset[row + 1];
    const Real* query = A::query + row * A::query_stride + std::int64_t(head) * A::features;
    Real* out = A::output + item * A::width;
    for (int c = rank; c < A::width; c += Lanes::size) out[c] = 0;
    Real total = 0, peak = Real(-INFINITY);
    for (std::int32_t first = begin; first < end; first += Lanes::size) {
      const int count = end - first < Lanes::size ? end - first : Lanes::size;
      const std::int32_t* column = A::column + first;
      Real weight =
          dot_rows(query, A::key + std::int64_t(head) * A::features, column, A::key_stride, count, A::features, lanes);
      Real shrink = 1;
      if (A::exponential) {  // as softmax does, by the largest product so far
        const Real highest = lanes.max(rank < count ? weight : Real(-INFINITY));
        if (highest > peak) {
          shrink = std::exp(peak - highest);
          peak = highest;
        }
        total *= shrink;
        weight = std::exp(weight - peak);
      }
      weight = rank < count ? weight * A::mask[std::int64_t(first + rank) * A::mask_heads + mask_head] : 0;
      total += lanes.sum(weight);
      add_weighted_rows(A::value + std::int64_t(head) * A::width, column, A::value_stride, count, A::width, weight,
                        shrink, out, lanes);
    }
    total += A::epsilon;
    if (rank == 0) A::denominator[item] = total;
    if (rank == 0 && A::exponential) A::peak[item] = peak;
    const Real normal = end > begin ? 1 / total : 0;
    for (int c = rank; c < A::width; c += Lanes::size) out[c] *= normal;
  }
};

/// Backward pass by row, item = row * heads + head: with w = M p, where p = <q, k> or exp(<q, k> - peak), and y the
/// result,
///   dw_j = (g . v_j - g . y) / denominator,  dM_j = dw_j p_j,  dq = sum_j M_j dw_j p'_j k_j,  p' = 1 or p.
template <class Real>
struct LinearBackwardRow : LinearArrays<Real> {
  static constexpr std::int64_t grain = 256;
  static constexpr int cuda_lanes = kCudaLanes, cuda_blocks = sizeof(Real) == 4 ? kAttentionBlocks : 1;
  using A = LinearArrays<Real>;
  explicit LinearBackwardRow(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t row = item / A::heads;
    const int head = int(item % A::heads), rank = lanes.rank(), mask_head = A::mask_heads > 1 ? head : 0;
    const std::int32_t begin = A::offset[row], end = A::offset[row + 1];
    const Real* query = A::query + row * A::query_stride + std::int64_t(head) * A::features;
    const Real* key = A::key + std::int64_t(head) * A::features;
    const Real* gradient = A::output_gradient + item * A::width;
    Real* query_gradient = A::query_gradient + item * A::features;
    for (int c = rank; c < A::features; c += Lanes::size) query_gradient[c] = 0;
    Real partial = 0;
    for (int c = rank; c < A::width; c += Lanes::size) partial += gradient[c] * A::output[item * A::width + c];
    const Real mean = lanes.sum(partial), normal = 1 / A::denominator[item];
    for (std::int32_t first = begin; first < end; first += Lanes::size) {
      const int count = end - first < Lanes::size ? end - first : Lanes::size;
      const std::int32_t* column = A::column + first;
      Real dot = dot_rows(query, key, column, A::key_stride, count, A::features, lanes);
      Real change =
          dot_rows(gradient, A::value + std::int64_t(head) * A::width, column, A::value_stride, count, A::width, lanes);
      Real score = 0;
      if (rank < count) {
        const std::int64_t slot = std::int64_t(first + rank) * A::heads + head;
        const Real mask = A::mask[std::int64_t(first + rank) * A::mask_heads + mask_head];
        if (A::exponential) dot = std::exp(dot - A::peak[item]);
        change = (change - mean) * normal;
        score = mask * change * (A::exponential ? dot : 1);
        A::edge_score[slot] = score;
        A::edge_weight[slot] = mask * dot * normal;
        if (A::mask_gradient) A::mask_gradient[slot] = change * dot;
      }
      add_weighted_rows(key, column, A::key_stride, count, A::features, score, Real(1), query_gradient, lanes);
    }
  }
};

/// Backward pass by key, item = key * heads + head: dk = sum_i M dw q_i, dv = sum_i w / denominator g_i, entries in the
/// order of their rows.
template <class Real>
struct LinearBackwardKey : LinearArrays<Real> {
  static constexpr std::int64_t grain = 256;
  static constexpr int cuda_lanes = kCudaLanes, cuda_blocks = sizeof(Real) == 4 ? kAttentionBlocks : 1;
  using A = LinearArrays<Real>;
  explicit LinearBackwardKey(const A& arrays) : A(arrays) {}

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const std::int64_t key = item / A::heads;
    const int head = int(item % A::heads);
    const auto sum = [&](const Real* weight, const Real* rows, std::int64_t stride, int width, Real* to) {
      for (int c = lanes.rank(); c < width; c += Lanes::size) {
        Real total = 0;
        for (std::int32_t t = A::key_offset[key]; t < A::key_offset[key + 1]; ++t)
          total += weight[std::int64_t(A::key_entry[t]) * A::heads + head] * rows[A::key_query[t] * stride + c];
        to[c] = total;
      }
    };
    sum(A::edge_score, A::query + std::int64_t(head) * A::features, A::query_stride, A::features,
        A::key_gradient + item * A::features);
    sum(A::edge_weight, A::output_gradient + std::int64_t(head) * A::width, std::int64_t(A::heads) * A::width, A::width,
        A::value_gradient + item * A::width);
  }
};

}  // namespace treewalk
