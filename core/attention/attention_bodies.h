// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/attention/attention_kernel.h"
#include "core/attention/attention_width_kernel.h"

// Which bodies run family attention.

namespace treewalk {

/// The width that the bodies are compiled for, or 0 for those of any width: 16 or 32 where every place fits in 32 bits
/// and heads begin at multiples of 16 bytes.
inline int fixed_width(const AttentionArrays<float>& a) {
  const std::int64_t most = std::int64_t(1) << 32, channels = std::int64_t(a.heads) * a.width;
  if (a.width != 16 && a.width != 32) return 0;
  for (const std::int64_t stride : {a.query_stride, a.key_stride, a.value_stride, channels})
    if (stride % 4 != 0 || std::max(a.queries, a.keys) * std::max(stride, channels) > most) return 0;
  if (std::max(a.first_query + a.queries, a.first_key + a.keys) > most) return 0;
  for (const void* rows : {static_cast<const void*>(a.query), static_cast<const void*>(a.key),
                           static_cast<const void*>(a.value), static_cast<const void*>(a.output),
                           static_cast<const void*>(a.output_gradient), static_cast<const void*>(a.query_gradient),
                           static_cast<const void*>(a.key_gradient), static_cast<const void*>(a.value_gradient)})
    if (reinterpret_cast<std::uintptr_t>(rows) % 16 != 0) return 0;
  return a.width;
}

/// run(items, body) for the forward pass, by bodies of this width or, where it is 0, of any.
template <int Width, class Real, class Run>
void run_forward_bodies(const AttentionArrays<Real>& a, const Run& run) {
  using Forward = std::conditional_t<Width == 0, AttentionForward<Real>, AttentionForwardOfWidth<Real, Width>>;
  run(a.queries * a.heads, Forward(a));
}

/// The same for the backward passes, in their order.
template <int Width, class Real, class Run>
void run_backward_bodies(const AttentionArrays<Real>& a, const Run& run) {
  using Row = std::conditional_t<Width == 0, AttentionBackwardRow<Real>, AttentionBackwardRowOfWidth<Real, Width>>;
  using Key = std::conditional_t<Width == 0, AttentionBackwardKey<Real>, AttentionBackwardKeyOfWidth<Real, Width>>;
  const std::int64_t pieces = (a.queries + kAttentionPiece - 1) / kAttentionPiece;
  run(a.queries * a.heads, Row(a));
  run(pieces * a.heads, AttentionBackwardRelation<Real>(a));
  run(a.keys * a.heads, Key(a));
}

/// And with the width that the arrays have.
template <class Run>
void run_forward_bodies(const AttentionArrays<float>& a, const Run& run) {
  const int width = fixed_width(a);
  if (width == 16) return run_forward_bodies<16>(a, run);
  if (width == 32) return run_forward_bodies<32>(a, run);
  run_forward_bodies<0>(a, run);
}
template <class Run>
void run_backward_bodies(const AttentionArrays<float>& a, const Run& run) {
  const int width = fixed_width(a);
  if (width == 16) return run_backward_bodies<16>(a, run);
  if (width == 32) return run_backward_bodies<32>(a, run);
  run_backward_bodies<0>(a, run);
}
template <class Run>
void run_forward_bodies(const AttentionArrays<double>& a, const Run& run) {
  run_forward_bodies<0>(a, run);
}
template <class Run>
void run_backward_bodies(const AttentionArrays<double>& a, const Run& run) {
  run_backward_bodies<0>(a, run);
}

}  // namespace treewalk
