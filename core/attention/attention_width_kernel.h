// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/attention/attention_arrays.h"
#include "core/attention/attention_kernel.h"
#include "core/attention/row_kernel.h"
#include "core/device/portable.h"

// Family attention for heads whose width is known when compiled. Else as in attention_kernel.h, but a lane keeps the
// sums of its channels and its share of the others in registers, so that a row's results are written once, and counts
// places in 32 bits. fixed_width (attention_bodies.h) says which arrays these bodies can take.

namespace treewalk {

/// Neighbouring channels, read and written in one go: they must lie at a multiple of their size, or of 16 bytes.
template <class Real, int Count>
struct alignas(Count * sizeof(Real) < 16 ? Count * sizeof(Real) : 16) Channels {
  Real x[Count];
};

/// The channels of a head that one lane holds. With more lanes than channels the last lanes hold none: they read those
/// of lane 0, and leave them out of sums.
template <class Real, int Width, class Lanes>
struct LaneChannels {
  static constexpr int count = Width > Lanes::size ? Width / Lanes::size : 1;
  static_assert(count * Lanes::size == Width || Lanes::size % Width == 0, "lanes that hold any hold equally many");
  Channels<Real, count> own = {};

  HD static bool any(const Lanes& lanes) { return Lanes::size <= Width || lanes.rank() < Width; }
  HD static std::uint32_t first(const Lanes& lanes) { return any(lanes) ? std::uint32_t(lanes.rank() * count) : 0; }

  HD void load(const Real* from) { own = *reinterpret_cast<const Channels<Real, count>*>(from); }
  HD void store(Real* to, const Lanes& lanes) const {
    if (any(lanes)) *reinterpret_cast<Channels<Real, count>*>(to) = own;
  }
  HD void scale(Real factor) {
    UNROLL
    for (int i = 0; i < count; ++i) own.x[i] *= factor;
  }
  HD void add(Real factor, const LaneChannels& other) {
    UNROLL
    for (int i = 0; i < count; ++i) own.x[i] += factor * other.own.x[i];
  }
  /// This lane's part of the dot product of two heads.
  HD Real dot(const LaneChannels& other, const Lanes& lanes) const {
    Real sum = 0;
    UNROLL
    for (int i = 0; i < count; ++i) sum += own.x[i] * other.own.x[i];
    return any(lanes) ? sum : 0;
  }
};

/// What the bodies by row and by key have in common.
template <class Real, int Width>
struct AttentionOfWidth : AttentionArrays<Real> {
  static constexpr std::int64_t grain = 256;
  static constexpr int cuda_lanes = kCudaLanes, cuda_blocks = kAttentionBlocks;
  using A = AttentionArrays<Real>;
  explicit AttentionOfWidth(const A& arrays) : A(arrays) {}

 protected:
  /// An item: a head of a row or of a key, and the first of its channels that a lane holds.
  struct OneHead {
    std::uint32_t row, head, channel;
  };
  template <class Lanes>
  HD OneHead head_of(std::int64_t item, const Lanes& lanes) const {
    const auto heads = std::uint32_t(A::heads), row = std::uint32_t(item) / heads;
    const std::uint32_t head = std::uint32_t(item) - row * heads;
    return {row, head, head * Width + LaneChannels<Real, Width, Lanes>::first(lanes)};
  }
  /// The place of a channel in a row of results, which hold the heads only.
  HD std::uint32_t place(std::uint32_t row, std::uint32_t channel) const { return row * (A::heads * Width) + channel; }
  /// The same in rows that begin `stride` numbers apart.
  HD static std::uint32_t place(std::uint32_t row, std::int64_t stride, std::uint32_t channel) {
    return row * std::uint32_t(stride) + channel;
  }
  /// dot_rows (row_kernel.h) for entries first .. first + count - 1.
  template <class Lanes>
  HD Real dot_rows_of(const Real* query, const Real* rows, std::int64_t stride, std::uint32_t channel,
                      std::uint32_t first, int count, const Lanes& lanes) const {
    LaneChannels<Real, Width, Lanes> own, other;
    own.load(query);  // for each chunk anew: kept meanwhile, it would cost registers where there are none to spare
    Real mine = 0;
    NO_UNROLL
    for (int j = 0; j < count; ++j) {
      other.load(rows + place(A::column[first + j], stride, channel));
      const Real dot = lanes.sum(own.dot(other, lanes));
      if (j == lanes.rank()) mine = dot;
    }
    return mine;
  }
  /// add_weighted_rows (row_kernel.h) for the same entries.
  template <class Lanes>
  HD void add_rows_of(const Real* rows, std::int64_t stride, std::uint32_t channel, std::uint32_t first, int count,
                      Real weight, LaneChannels<Real, Width, Lanes>& sum, const Lanes& lanes) const {
    LaneChannels<Real, Width, Lanes> other;
    NO_UNROLL
    for (int j = 0; j < count; ++j) {
      const Real w = lanes.broadcast(weight, j);
      other.load(rows + place(A::column[first + j], stride, channel));
      sum.add(w, other);
    }
  }
  HD void geometry(std::uint32_t row, std::uint32_t entry, Real (&g)[kEdgeGeometry]) const {
    edge_geometry<Real>(A::node, std::uint32_t(A::first_query) + row,
                        std::uint32_t(A::first_key) + std::uint32_t(A::column[entry]),
                        A::relation_scale[A::relation[entry]], [&](int c, Real x) { g[c] = x; });
  }
};

/// Forward pass, item = row * heads + head.
template <class Real, int Width>
struct AttentionForwardOfWidth : AttentionOfWidth<Real, Width> {
  using A = AttentionOfWidth<Real, Width>;
  using A::A;

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const auto heads = std::uint32_t(A::heads);
    const auto [row, head, channel] = A::head_of(item, lanes);
    const int rank = lanes.rank();

    LaneChannels<Real, Width, Lanes> out;
    SharedSums<Real, kEdgeGeometry + 1, Lanes> sums;  // of the geometry, and of the weights themselves
    Real largest = -INFINITY;
    const std::uint32_t end = A::offset[row + 1];
    for (std::uint32_t first = A::offset[row]; first < end; first += Lanes::size) {
      const int count = end - first < Lanes::size ? int(end - first) : Lanes::size;
      Real logit = A::scale * A::dot_rows_of(A::query + A::place(row, A::query_stride, channel), A::key, A::key_stride,
                                             channel, first, count, lanes);
      const std::uint32_t entry = first + (rank < count ? rank : 0);
      Real g[kEdgeGeometry];
      A::geometry(row, entry, g);
      logit = rank < count ? logit + of_geometry(row * heads + head, entry, head, g) : -INFINITY;
      if (rank < count && A::probability) A::probability[std::uint64_t(entry) * heads + head] = logit;
      const Real highest = lanes.max(logit), peak = highest > largest ? highest : largest;
      const Real shrink = std::exp(largest - peak);  // 0 for the first chunk
      const Real weight = std::exp(logit - peak);    // 0 for a lane without an entry
      largest = peak;
      sums.scale(shrink);
      UNROLL
      for (int c = 0; c < kEdgeGeometry; ++c) sums.add(c, lanes.sum(weight * g[c]), lanes);
      sums.add(kEdgeGeometry, lanes.sum(weight), lanes);
      out.scale(shrink);
      A::add_rows_of(A::value, A::value_stride, channel, first, count, weight, out, lanes);
    }

    const Real total = sums.sum(kEdgeGeometry, lanes), normal = total == 0 ? Real(0) : 1 / total;  // 0 for an empty row
    out.scale(normal);
    out.store(A::output + A::place(row, channel), lanes);
    Real* const geometry_sum = A::geometry_sum + (row * heads + head) * kEdgeGeometry;
    sums.each(lanes, [&](int c, Real sum) {
      if (c < kEdgeGeometry) geometry_sum[c] = sum * normal;
    });
    if (!A::probability) return;
    for (std::uint32_t entry = A::offset[row] + rank; entry < end; entry += Lanes::size) {
      Real& p = A::probability[std::uint64_t(entry) * heads + head];
      p = std::exp(p - largest) * normal;
    }
  }

 private:
  /// What the relation and the geometry of an entry add to its logit.
  HD Real of_geometry(std::uint32_t item, std::uint32_t entry, std::uint32_t head,
                      const Real (&g)[kEdgeGeometry]) const {
    const std::uint32_t place = A::relation[entry] * std::uint32_t(A::heads) + head;
    const Real *position = A::position_query + item * kEdgeGeometry, *slope = A::relation_slope + place * kEdgeGeometry;
    Real sum = A::relation_bias[place];
    UNROLL
    for (int c = 0; c < kEdgeGeometry; ++c) sum += g[c] * (position[c] + slope[c]);
    return sum;
  }
};

/// Backward pass by row, item = row * heads + head: gradients of the logits, of query and of position_query.
template <class Real, int Width>
struct AttentionBackwardRowOfWidth : AttentionOfWidth<Real, Width> {
  using A = AttentionOfWidth<Real, Width>;
  using A::A;

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const auto heads = std::uint32_t(A::heads);
    const auto [row, head, channel] = A::head_of(item, lanes);
    const int rank = lanes.rank();
    const Real mean = mean_gradient(A::place(row, channel), row * heads + head, lanes);

    LaneChannels<Real, Width, Lanes> query;
    SharedSums<Real, kEdgeGeometry, Lanes> position;
    const std::uint32_t end = A::offset[row + 1];
    for (std::uint32_t first = A::offset[row]; first < end; first += Lanes::size) {
      const int count = end - first < Lanes::size ? int(end - first) : Lanes::size;
      Real gradient = A::dot_rows_of(A::output_gradient + A::place(row, channel), A::value, A::value_stride, channel,
                                     first, count, lanes);
      const std::uint32_t entry = first + (rank < count ? rank : 0);
      Real g[kEdgeGeometry];
      A::geometry(row, entry, g);
      const Real* const geometry_gradient = A::geometry_gradient + (row * heads + head) * kEdgeGeometry;
      UNROLL
      for (int c = 0; c < kEdgeGeometry; ++c) gradient += geometry_gradient[c] * g[c];
      const std::uint64_t slot = std::uint64_t(entry) * heads + head;
      gradient = rank < count ? A::probability[slot] * (gradient - mean) : 0;
      if (rank < count) A::logit_gradient[slot] = gradient;
      UNROLL
      for (int c = 0; c < kEdgeGeometry; ++c) position.add(c, lanes.sum(gradient * g[c]), lanes);
      A::add_rows_of(A::key, A::key_stride, channel, first, count, gradient, query, lanes);
    }
    query.scale(A::scale);
    query.store(A::query_gradient + A::place(row, channel), lanes);
    Real* const position_gradient = A::position_gradient + (row * heads + head) * kEdgeGeometry;
    position.each(lanes, [&](int c, Real sum) { position_gradient[c] = sum; });
  }

 private:
  /// sum_v a_v (dL/da_v), which the softmax subtracts: it equals gradient . result, so no first pass over the row.
  template <class Lanes>
  HD Real mean_gradient(std::uint32_t place, std::uint32_t item, const Lanes& lanes) const {
    LaneChannels<Real, Width, Lanes> gradient, result;
    gradient.load(A::output_gradient + place);
    result.load(A::output + place);
    Real sum = gradient.dot(result, lanes);
    for (int c = lanes.rank(); c < kEdgeGeometry; c += Lanes::size)
      sum += A::geometry_gradient[item * kEdgeGeometry + c] * A::geometry_sum[item * kEdgeGeometry + c];
    return lanes.sum(sum);
  }
};

/// Backward pass by key, item = key * heads + head: gradients of key and value, entries in the order of their rows.
template <class Real, int Width>
struct AttentionBackwardKeyOfWidth : AttentionOfWidth<Real, Width> {
  using A = AttentionOfWidth<Real, Width>;
  using A::A;

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    const auto heads = std::uint32_t(A::heads), key = std::uint32_t(item) / heads;
    const std::uint32_t head = std::uint32_t(item) - key * heads;
    const std::uint32_t channel = head * Width + LaneChannels<Real, Width, Lanes>::first(lanes);

    LaneChannels<Real, Width, Lanes> key_sum, value_sum, other;
    const std::uint32_t end = A::key_offset[key + 1];
    for (std::uint32_t t = A::key_offset[key]; t < end; ++t) {
      const std::uint64_t slot = std::uint64_t(std::uint32_t(A::key_entry[t])) * heads + head;
      const auto query = std::uint32_t(A::key_query[t]);
      other.load(A::query + A::place(query, A::query_stride, channel));
      key_sum.add(A::logit_gradient[slot], other);
      other.load(A::output_gradient + A::place(query, channel));
      value_sum.add(A::probability[slot], other);
    }
    key_sum.scale(A::scale);
    key_sum.store(A::key_gradient + A::place(key, channel), lanes);
    value_sum.store(A::value_gradient + A::place(key, channel), lanes);
  }
};

}  // namespace treewalk
