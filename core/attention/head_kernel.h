// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/attention/row_kernel.h"
#include "core/device/portable.h"

// The channels of one head, split among the lanes of an item, and sums of rows over them.

namespace treewalk {

/// Neighbouring channels, read and written in one go: they must lie at a multiple of their size, or of 16 bytes.
template <class Real, int Count>
struct alignas(Count * sizeof(Real) < 16 ? Count * sizeof(Real) : 16) Channels {
  Real x[Count];
};

/// The channels that one lane holds of a head of known width. With more lanes than channels the last lanes hold none:
/// they read those of lane 0, and leave them out of sums.
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

/// A sum of rows over the channels of one head: of known width, in registers, with places of 32 bits.
template <class Real, int Width, class Lanes>
class HeadChannels {
 public:
  HD HeadChannels(Real* /*to*/, int /*width*/, const Lanes&) {}

  /// This lane's part of the dot product of two heads.
  HD static Real dot(const Real* x, const Real* y, int /*width*/, const Lanes& lanes) {
    Lane one, other;
    one.load(x + Lane::first(lanes));
    other.load(y + Lane::first(lanes));
    return one.dot(other, lanes);
  }
  /// dot_rows (row_kernel.h) of `query` with the rows column[first .. first + count - 1], from `channel` on.
  HD static Real dot_rows(const Real* query, const Real* rows, std::int64_t stride, std::uint32_t channel,
                          const std::int32_t* column, std::uint32_t first, int count, int /*width*/,
                          const Lanes& lanes) {
    Lane own, other;
    own.load(query + Lane::first(lanes));  // for each chunk anew: kept meanwhile, it would cost registers
    channel += Lane::first(lanes);
    Real mine = 0;
    NO_UNROLL
    for (int j = 0; j < count; ++j) {
      other.load(rows + (std::uint32_t(column[first + j]) * std::uint32_t(stride) + channel));
      const Real dot = lanes.sum(own.dot(other, lanes));
      if (j == lanes.rank()) mine = dot;
    }
    return mine;
  }
  /// add_weighted_rows (row_kernel.h) of the same rows.
  HD void add_rows(const Real* rows, std::int64_t stride, std::uint32_t channel, const std::int32_t* column,
                   std::uint32_t first, int count, int /*width*/, Real weight, Real shrink, const Lanes& lanes) {
    Lane other;
    sum_.scale(shrink);
    channel += Lane::first(lanes);
    NO_UNROLL
    for (int j = 0; j < count; ++j) {
      const Real w = lanes.broadcast(weight, j);
      other.load(rows + (std::uint32_t(column[first + j]) * std::uint32_t(stride) + channel));
      sum_.add(w, other);
    }
  }
  /// Writes factor * sum.
  HD void finish(Real* to, Real factor, const Lanes& lanes) {
    sum_.scale(factor);
    sum_.store(to + Lane::first(lanes), lanes);
  }

 private:
  using Lane = LaneChannels<Real, Width, Lanes>;
  Lane sum_;
};

/// The same of any width, in memory.
template <class Real, class Lanes>
class HeadChannels<Real, 0, Lanes> {
 public:
  HD HeadChannels(Real* to, int width, const Lanes& lanes) : to_(to), width_(width) {
    for (int c = lanes.rank(); c < width_; c += Lanes::size) to_[c] = 0;
  }
  HD static Real dot(const Real* x, const Real* y, int width, const Lanes& lanes) {
    Real sum = 0;
    for (int c = lanes.rank(); c < width; c += Lanes::size) sum += x[c] * y[c];
    return sum;
  }
  HD static Real dot_rows(const Real* query, const Real* rows, std::int64_t stride, int channel,
                          const std::int32_t* column, std::uint32_t first, int count, int width, const Lanes& lanes) {
    return treewalk::dot_rows(query, rows + channel, column + first, stride, count, width, lanes);
  }
  HD void add_rows(const Real* rows, std::int64_t stride, int channel, const std::int32_t* column, std::int64_t first,
                   int count, int width, Real weight, Real shrink, const Lanes& lanes) {
    add_weighted_rows(rows + channel, column + first, stride, count, width, weight, shrink, to_, lanes);
  }
  HD void finish(Real* to, Real factor, const Lanes& lanes) {
    for (int c = lanes.rank(); c < width_; c += Lanes::size) to[c] *= factor;
  }

 private:
  Real* to_;
  int width_;
};

}  // namespace treewalk
