// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "core/attention/attention_arrays.h"
#include "core/attention/head_kernel.h"
#include "core/attention/row_kernel.h"
#include "core/device/portable.h"

// Attention over rows of entries, for any device:
//
//   output(u) = sum_v w(u,v) value(v) / total(u),   w(u,v) = factor(u,v) p   or, as a softmax,   factor(u,v) exp(p),
//
// with p = scale * query(u) . key(v) plus what the entry adds. What entries bring is a policy: FamilyEdges
// (family_edge_kernel.h), MaskEdges (mask_edge_kernel.h). It is the arrays of its kind, with
//
//   softmax()                    whether weights are exponentials
//   Edge, edge(...)              what a lane keeps of its entry, and where that is read
//   logit(...), weighted(...)    what the entry adds to the product, and its factor
//   sums, add_sums(...)          what else is summed over a row with the weights
//   total(...), finish(...)      of the sum of weights what they are divided by; writes the row's other results
//   reads_products, add_to_mean(...), product_gradient_of(...), back_sums, add_back_sums(...), finish_backward(...)
//                                the same for the backward pass
//
// An item is one head of one row (or of one key). Its lanes split the channels, and each holds one entry of a chunk of
// lanes.size entries. Width: the numbers of a head where known when compiled, which then stay in registers, and places
// are counted in 32 bits; 0: any number. row_attention_bodies.h says which arrays a width can take. A lane only reads
// back memory that it wrote itself, so no synchronisation is needed besides the collectives.

namespace treewalk {

/// What the bodies have in common.
template <class Arrays, class Real, int Width, int AnyWidthBlocks>
struct RowBody : Arrays {
  static constexpr std::int64_t grain = 256;
  static constexpr int cuda_lanes = kCudaLanes;
  static constexpr int cuda_blocks = Width > 0 ? kAttentionBlocks : AnyWidthBlocks;
  explicit RowBody(const Arrays& arrays) : Arrays(arrays) {}

 protected:
  /// Of items and places.
  using Index = std::conditional_t<Width == 0, std::int64_t, std::uint32_t>;
  HD int features() const { return Width ? Width : Arrays::features; }
  HD int width() const { return Width ? Width : Arrays::width; }
  /// Where the numbers of a head begin in a row of a matrix whose rows lie `stride` numbers apart. In results, which
  /// hold nothing else, an item's begin at item * width.
  HD static Index place_of(std::uint32_t row, std::int64_t stride, int head, int width) {
    return Index(row) * Index(stride) + Index(head * width);
  }
};
template <class Edges, int Width>
using EdgesBody = RowBody<Edges, typename Edges::Real, Width, Edges::any_width_blocks>;
template <class Real, int Width>
using KeyBody = RowBody<RowArrays<Real>, Real, Width, sizeof(Real) == 4 ? kAttentionBlocks : 7>;

/// Forward pass, item = row * heads + head; a softmax has a running maximum, so that a row is read once.
template <class Edges, int Width>
struct RowForward : EdgesBody<Edges, Width> {
  using A = EdgesBody<Edges, Width>;
  using A::A;
  using Index = typename A::Index;
  using Real = typename A::Real;

  template <class Lanes>
  HD void operator()(std::int64_t any_item, const Lanes& lanes) const {
    const auto item = Index(any_item);
    const auto row = std::uint32_t(item / Index(A::heads));
    const int head = int(item - Index(row) * Index(A::heads)), rank = lanes.rank();

    HeadChannels<Real, Width, Lanes> out(A::output + item * A::width(), A::width(), lanes);
    SharedSums<Real, Edges::sums + 1, Lanes> sums;  // the policy's, and that of the weights
    Real peak = -INFINITY;
    const std::uint32_t end = A::offset[row + 1];
    for (std::uint32_t first = A::offset[row]; first < end; first += Lanes::size) {
      const int count = end - first < std::uint32_t(Lanes::size) ? int(end - first) : Lanes::size;
      const Real product =
          A::scale * out.dot_rows(A::query + A::place_of(row, A::query_stride, head, A::features()), A::key,
                                  A::key_stride, head * A::features(), A::column, first, count, A::features(), lanes);
      const std::uint32_t entry = first + (rank < count ? rank : 0);
      const auto edge = A::edge(Index(row), head, entry);
      const Real logit = rank < count ? A::logit(product, edge, item, head, entry) : Real(-INFINITY);
      if (rank < count) A::keep_logit(logit, head, entry);
      Real weight = logit, shrink = 1;
      if (A::softmax()) {
        const Real highest = lanes.max(logit), top = highest > peak ? highest : peak;
        shrink = std::exp(peak - top);  // 0 for the first chunk
        weight = std::exp(logit - top);
        peak = top;
      }
      weight = A::weighted(weight, edge, rank < count);  // 0 for a lane without an entry
      sums.scale(shrink);
      A::add_sums(sums, weight, edge, lanes);
      sums.add(Edges::sums, lanes.sum(weight), lanes);
      out.add_rows(A::value, A::value_stride, head * A::width(), A::column, first, count, A::width(), weight, shrink,
                   lanes);
    }
    const Real total = A::total(sums.sum(Edges::sums, lanes)), normal = total == 0 ? Real(0) : 1 / total;
    out.finish(A::output + item * A::width(), normal, lanes);
    A::finish(item, row, head, peak, total, normal, sums, lanes);
  }
};

/// Backward pass by row, item = row * heads + head: gradients of the products and of query, and what the policy adds.
template <class Edges, int Width>
struct RowBackward : EdgesBody<Edges, Width> {
  using A = EdgesBody<Edges, Width>;
  using A::A;
  using Index = typename A::Index;
  using Real = typename A::Real;

  template <class Lanes>
  HD void operator()(std::int64_t any_item, const Lanes& lanes) const {
    using Head = HeadChannels<Real, Width, Lanes>;
    const auto item = Index(any_item);
    const auto row = std::uint32_t(item / Index(A::heads));
    const int head = int(item - Index(row) * Index(A::heads)), rank = lanes.rank();

    // sum_v w_v (dL/dw_v), which the quotient subtracts, equals gradient . result: no first pass over the row.
    const Real mean = A::add_to_mean(
        lanes.sum(Head::dot(A::output_gradient + item * A::width(), A::output + item * A::width(), A::width(), lanes)),
        item);

    Head query(A::query_gradient + item * A::features(), A::features(), lanes);
    SharedSums<Real, Edges::back_sums, Lanes> sums;
    const std::uint32_t end = A::offset[row + 1];
    for (std::uint32_t first = A::offset[row]; first < end; first += Lanes::size) {
      const int count = end - first < std::uint32_t(Lanes::size) ? int(end - first) : Lanes::size;
      const Real change = Head::dot_rows(A::output_gradient + item * A::width(), A::value, A::value_stride,
                                         head * A::width(), A::column, first, count, A::width(), lanes);
      Real product = 0;
      if constexpr (Edges::reads_products)
        product = A::scale * Head::dot_rows(A::query + A::place_of(row, A::query_stride, head, A::features()), A::key,
                                            A::key_stride, head * A::features(), A::column, first, count, A::features(),
                                            lanes);
      const std::uint32_t entry = first + (rank < count ? rank : 0);
      const auto edge = A::edge(Index(row), head, entry);
      const Real gradient = A::product_gradient_of(product, change, mean, edge, item, head, entry, rank < count);
      A::add_back_sums(sums, gradient, edge, lanes);
      query.add_rows(A::key, A::key_stride, head * A::features(), A::column, first, count, A::features(), gradient,
                     Real(1), lanes);
    }
    query.finish(A::query_gradient + item * A::features(), A::scale, lanes);
    A::finish_backward(item, sums, lanes);
  }
};

/// Backward pass by key, item = key * heads + head: gradients of key and value, entries in the order of their rows.
/// The same for all policies.
template <class Real, int Width>
struct RowBackwardKey : KeyBody<Real, Width> {
  using A = KeyBody<Real, Width>;
  using A::A;
  using Index = typename A::Index;

  template <class Lanes>
  HD void operator()(std::int64_t any_item, const Lanes& lanes) const {
    const auto item = Index(any_item);
    const auto key = std::uint32_t(item / Index(A::heads));
    const int head = int(item - Index(key) * Index(A::heads));
    if constexpr (Width > 0) {
      of_width(key, head, lanes);
    } else {
      sum_rows(key, head, A::product_gradient, A::query, A::query_stride, A::features(), A::scale,
               A::key_gradient + item * A::features(), lanes);
      sum_rows(key, head, A::weight, A::output_gradient, std::int64_t(A::heads) * A::width(), A::width(), Real(1),
               A::value_gradient + item * A::width(), lanes);
    }
  }

 private:
  template <class Lanes>
  HD void of_width(std::uint32_t key, int head, const Lanes& lanes) const {
    using Channels = LaneChannels<Real, Width, Lanes>;
    const Index channel = head * Width + Channels::first(lanes);
    Channels key_sum, value_sum, other;
    const std::uint32_t end = A::key_offset[key + 1];
    for (std::uint32_t t = A::key_offset[key]; t < end; ++t) {
      const std::uint64_t slot = std::uint64_t(std::uint32_t(A::key_entry[t])) * std::uint32_t(A::heads) + head;
      const auto query = Index(A::key_query[t]);
      other.load(A::query + (query * Index(A::query_stride) + channel));
      key_sum.add(A::product_gradient[slot], other);
      other.load(A::output_gradient + (query * Index(A::heads * Width) + channel));
      value_sum.add(A::weight[slot], other);
    }
    key_sum.scale(A::scale);
    key_sum.store(A::key_gradient + (key * Index(A::heads * Width) + channel), lanes);
    value_sum.store(A::value_gradient + (key * Index(A::heads * Width) + channel), lanes);
  }
  template <class Lanes>
  HD void sum_rows(std::uint32_t key, int head, const Real* factor, const Real* rows, std::int64_t stride, int width,
                   Real scale, Real* to, const Lanes& lanes) const {
    for (int c = lanes.rank(); c < width; c += Lanes::size) {
      Real sum = 0;
      for (std::int32_t t = A::key_offset[key]; t < A::key_offset[key + 1]; ++t)
        sum +=
            factor[std::int64_t(A::key_entry[t]) * A::heads + head] * rows[A::key_query[t] * stride + head * width + c];
      to[c] = sum * scale;
    }
  }
};

}  // namespace treewalk
