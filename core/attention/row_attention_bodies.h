// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/attention/family_edge_kernel.h"
#include "core/attention/mask_edge_kernel.h"
#include "core/attention/row_attention_kernel.h"

// Which bodies run attention over rows.

namespace treewalk {

/// The width that the bodies are compiled for, or 0 for those of any width: 16 or 32 where every place fits in 32 bits
/// and heads begin at multiples of 16 bytes.
inline int fixed_width(const RowArrays<float>& a) {
  const std::int64_t most = std::int64_t(1) << 32, channels = std::int64_t(a.heads) * a.width;
  if ((a.width != 16 && a.width != 32) || a.features != a.width) return 0;
  for (const std::int64_t stride : {a.query_stride, a.key_stride, a.value_stride, channels})
    if (stride % 4 != 0 || std::max(a.queries, a.keys) * std::max(stride, channels) > most) return 0;
  for (const void* rows : {static_cast<const void*>(a.query), static_cast<const void*>(a.key),
                           static_cast<const void*>(a.value), static_cast<const void*>(a.output),
                           static_cast<const void*>(a.output_gradient), static_cast<const void*>(a.query_gradient),
                           static_cast<const void*>(a.key_gradient), static_cast<const void*>(a.value_gradient)})
    if (reinterpret_cast<std::uintptr_t>(rows) % 16 != 0) return 0;
  return a.width;
}
inline int fixed_width(const FamilyArrays<float>& a) {
  const bool fits = std::max(a.first_query + a.queries, a.first_key + a.keys) <= std::int64_t(1) << 32;
  return fits ? fixed_width(static_cast<const RowArrays<float>&>(a)) : 0;
}

template <class Real>
FamilyEdges<Real> edges_of(const FamilyArrays<Real>& arrays) {
  return arrays;
}
template <class Real>
MaskEdges<Real> edges_of(const MaskedArrays<Real>& arrays) {
  return arrays;
}

/// run(items, body) for the forward pass, by bodies of this width or, where it is 0, of any.
template <int Width, class Arrays, class Run>
void run_forward_bodies(const Arrays& a, const Run& run) {
  run(a.queries * a.heads, RowForward<decltype(edges_of(a)), Width>(edges_of(a)));
}

/// What the backward pass of a kind has besides that by row and by key.
template <class Real, class Run>
void run_more_bodies(const FamilyArrays<Real>& a, const Run& run) {
  run((a.queries + kAttentionPiece - 1) / kAttentionPiece * a.heads, FamilyBackwardRelation<Real>(a));
}
template <class Real, class Run>
void run_more_bodies(const MaskedArrays<Real>&, const Run&) {}

/// The same for the backward passes, in their order.
template <int Width, class Arrays, class Run>
void run_backward_bodies(const Arrays& a, const Run& run) {
  using Edges = decltype(edges_of(a));
  run(a.queries * a.heads, RowBackward<Edges, Width>(edges_of(a)));
  run_more_bodies(a, run);
  run(a.keys * a.heads, RowBackwardKey<typename Edges::Real, Width>(a));
}

/// take(width) with the width, known when compiled, of the bodies for these arrays.
template <class Arrays, class Take>
void with_fixed_width(const Arrays& a, const Take& take) {
  int width = 0;
  if constexpr (std::is_base_of_v<RowArrays<float>, Arrays>) {
    width = fixed_width(a);
    if (width == 16) take(std::integral_constant<int, 16>());
    if (width == 32) take(std::integral_constant<int, 32>());
  }
  if (width == 0) take(std::integral_constant<int, 0>());
}

}  // namespace treewalk
