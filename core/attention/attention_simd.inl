// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// The body of attention_simd_*.cpp, which define TREEWALK_SIMD (the table's name) and TREEWALK_LANES.
// A row is worked on in four steps: edge geometry, dot products, softmax (one lane per entry, in blocks of kLanes, with
// numbers of padding lanes ignored), weighted sums (one lane per channel).
#include <cstddef>
#include <cstdint>

#include "core/attention/attention_simd.h"

namespace treewalk {
namespace {

#include "core/attention/simd.inl"
// Needs simd.inl before it.
#include "core/attention/row_steps.inl"
// Needs both.
#include "core/attention/attention_steps.inl"

/// Logits of entries e .. e + kLanes of one head from their dot products; minus infinity in padding lanes.
template <bool kOneRegister>
inline Float<kLanes> logits(const Arrays& a, const Scratch& s, const float* slope, const float* position,
                            const float* dot, std::int64_t e, std::int64_t n) {
  const Int relation = *reinterpret_cast<const UnalignedInt*>(s.relation + e);
  Float<kLanes> logit = load<kLanes>(dot + e) * a.scale;
#pragma GCC unroll 6
  for (int c = 0; c < kEdgeGeometry; ++c) {
    logit += load<kLanes>(s.component + c * s.entries + e) *
             (look_up<kOneRegister>(slope + c * s.relations, relation) + position[c]);
  }
  logit += look_up<kOneRegister>(slope + kEdgeGeometry * s.relations, relation);  // last: it may be huge
  return lane_numbers() < static_cast<std::int32_t>(n - e) ? logit : all(-__builtin_inff());
}

/// Turns the dot products of each head [heads][entries] into the softmax of the logits; padding lanes get 0.
template <bool kOneRegister>
inline void softmax(const Arrays& a, const Scratch& s, const float* position, std::int64_t n) {
  const float *slope = s.slope, *position_end = position + a.heads * kEdgeGeometry;
  for (float* weight = s.weight; position < position_end && n > 0; weight += s.entries, position += kEdgeGeometry) {
    if (n <= kLanes) {  // most rows of a family, where AVX-512 is at hand: nothing goes through memory
      const Float<kLanes> logit = logits<kOneRegister>(a, s, slope, position, weight, 0, n);
      const Float<kLanes> p = exponential(logit - largest_of<kLanes>(logit));
      store<kLanes>(weight, p * (1 / sum_of<kLanes>(p)));
    } else {
      Float<kLanes> highest = all(-__builtin_inff()), total = {};
      for (std::int64_t e = 0; e < n; e += kLanes) {
        const Float<kLanes> logit = logits<kOneRegister>(a, s, slope, position, weight, e, n);
        store<kLanes>(weight + e, logit);
        highest = larger<kLanes>(logit, highest);
      }
      const float peak = largest_of<kLanes>(highest);
      for (std::int64_t e = 0; e < n; e += kLanes) {
        const Float<kLanes> p = exponential(load<kLanes>(weight + e) - peak);
        store<kLanes>(weight + e, p);
        total += p;
      }
      const float normal = 1 / sum_of<kLanes>(total);
      for (std::int64_t e = 0; e < n; e += kLanes) store<kLanes>(weight + e, load<kLanes>(weight + e) * normal);
    }
    slope += 7 * s.relations;
  }
}

inline void copy_six(float* to, Float<8> from) {
  store<4>(to, lower_half<4>(from, LanesOf<4>::type{}));
  to[4] = from[4];
  to[5] = from[5];
}

/// Asks for the keys and values of the next row, so that they arrive while this one is worked on.
__attribute__((always_inline)) inline void prefetch_row(const Arrays& a, std::int64_t row, std::int64_t end) {
  if (row >= end) return;
  const std::int64_t first = a.offset[row], n = a.offset[row + 1] - first, channels = std::int64_t(a.heads) * a.width;
  prefetch_rows(a.key, a.key_stride, a.column + first, n, channels);
  prefetch_rows(a.value, a.value_stride, a.column + first, n, channels);
}

/// The same for the queries that name the next key.
__attribute__((always_inline)) inline void prefetch_key(const Arrays& a, std::int64_t key, std::int64_t end) {
  if (key >= end) return;
  const std::int64_t first = a.key_offset[key], n = a.key_offset[key + 1] - first;
  const std::int64_t channels = std::int64_t(a.heads) * a.width;
  prefetch_rows(a.query, a.query_stride, a.key_query + first, n, channels);
  prefetch_rows(a.output_gradient, channels, a.key_query + first, n, channels);
  prefetch_rows(a.logit_gradient, a.heads, a.key_entry + first, n, a.heads);
  prefetch_rows(a.probability, a.heads, a.key_entry + first, n, a.heads);
}

template <int N, int PerHead>
void forward_rows(const Arrays& a, std::int64_t begin, std::int64_t end, const Scratch& s) {
  const std::int64_t channels = std::int64_t(a.heads) * a.width;
  for (std::int64_t row = begin; row < end; ++row) {
    const std::int64_t first = a.offset[row], n = a.offset[row + 1] - first;
    float* geometry_sum = a.geometry_sum + row * a.heads * kEdgeGeometry;
    prefetch_row(a, row + 1, end);
    s.one_register ? edge_geometry<true>(a, row, s) : edge_geometry<false>(a, row, s);
    dot_products<N, PerHead>(a.heads, a.width, a.query + row * a.query_stride, a.key, a.key_stride, a.column + first, n,
                             s.weight, s.entries);
    const float* position = a.position_query + row * a.heads * kEdgeGeometry;
    s.one_register ? softmax<true>(a, s, position, n) : softmax<false>(a, s, position, n);
    weighted_sums<N, PerHead, false>(a.heads, a.width, a.value, a.value_stride, a.column + first, n,
                                     {s.weight, nullptr, s.entries}, 1.f, a.output + row * channels);
    for (int h = 0; h < a.heads; ++h) {
      Float<8> sum = {};
      for (std::int64_t e = 0; e < n; ++e) sum += s.weight[h * s.entries + e] * load<8>(s.geometry + e * 8);
      copy_six(geometry_sum + h * kEdgeGeometry, sum);
    }
    if (a.probability) to_entries(s.weight, s.entries, a.heads, n, a.probability + first * a.heads);
  }
}

/// Gradient of the logits of one head from that of its weights, in place; `mean` is what the softmax subtracts.
inline void logit_gradients(const Scratch& s, const float* geometry_gradient, const float* weight, float mean,
                            std::int64_t n, float* gradient) {
  for (std::int64_t e = 0; e < n; e += kLanes) {
    Float<kLanes> sum = load<kLanes>(gradient + e) - mean;
    for (int c = 0; c < kEdgeGeometry; ++c) sum += geometry_gradient[c] * load<kLanes>(s.component + c * s.entries + e);
    store<kLanes>(gradient + e, load<kLanes>(weight + e) * sum);
  }
}

/// Adds gradient * (g, 1) of the entries to their relation's partial sums and to the gradient of position_query, taking
/// entries of one relation that follow each other together.
inline void geometry_gradients(const Arrays& a, const Scratch& s, std::int64_t n, float* partial, float* position) {
  for (int h = 0; h < a.heads; ++h) {
    const float* gradient = s.gradient + h * s.entries;
    Float<8> total = {};
    for (std::int64_t e = 0; e < n;) {
      const std::int32_t relation = s.relation[e];
      Float<8> sum = {};
      for (; e < n && s.relation[e] == relation; ++e) sum += gradient[e] * load<8>(s.geometry + e * 8);
      float* place = partial + (std::int64_t(relation) * a.heads + h) * kPartial;
      store<8>(place, load<8>(place) + sum);
      total += sum;
    }
    copy_six(position + h * kEdgeGeometry, total);
  }
}

template <int N, int PerHead>
void backward_rows(const Arrays& a, float* partial, std::int64_t begin, std::int64_t end, const Scratch& s) {
  const std::int64_t channels = std::int64_t(a.heads) * a.width;
  for (int i = 0; i < a.relations * a.heads * kPartial; ++i) partial[i] = 0;
  for (std::int64_t row = begin; row < end; ++row) {
    const std::int64_t first = a.offset[row], n = a.offset[row + 1] - first;
    const float *out_gradient = a.output_gradient + row * channels, *out = a.output + row * channels;
    const float* geometry_gradient = a.geometry_gradient + row * a.heads * kEdgeGeometry;
    const float* geometry_sum = a.geometry_sum + row * a.heads * kEdgeGeometry;
    prefetch_row(a, row + 1, end);
    s.one_register ? edge_geometry<true>(a, row, s) : edge_geometry<false>(a, row, s);
    dot_products<N, PerHead>(a.heads, a.width, out_gradient, a.value, a.value_stride, a.column + first, n, s.gradient,
                             s.entries);
    to_heads(a.probability + first * a.heads, s.entries, a.heads, n, s.weight);
    for (int h = 0; h < a.heads && n > 0; ++h) {
      Float<N> dot = {};
      for (int c = 0; c < a.width; c += N)
        dot += load<N>(out_gradient + h * a.width + c) * load<N>(out + h * a.width + c);
      float mean = sum_of<N>(dot);
      for (int c = 0; c < kEdgeGeometry; ++c)
        mean += geometry_gradient[h * kEdgeGeometry + c] * geometry_sum[h * kEdgeGeometry + c];
      logit_gradients(s, geometry_gradient + h * kEdgeGeometry, s.weight + h * s.entries, mean, n,
                      s.gradient + h * s.entries);
    }
    to_entries(s.gradient, s.entries, a.heads, n, a.logit_gradient + first * a.heads);
    weighted_sums<N, PerHead, false>(a.heads, a.width, a.key, a.key_stride, a.column + first, n,
                                     {s.gradient, nullptr, s.entries}, a.scale, a.query_gradient + row * channels);
    geometry_gradients(a, s, n, partial, a.position_gradient + row * a.heads * kEdgeGeometry);
  }
}

template <int N, int PerHead>
void backward_keys(const Arrays& a, std::int64_t begin, std::int64_t end) {
  const std::int64_t channels = std::int64_t(a.heads) * a.width;
  for (std::int64_t key = begin; key < end; ++key) {
    const std::int64_t first = a.key_offset[key], n = a.key_offset[key + 1] - first;
    const std::int32_t *query = a.key_query + first, *entry = a.key_entry + first;
    prefetch_key(a, key + 1, end);
    weighted_sums<N, PerHead, true>(a.heads, a.width, a.query, a.query_stride, query, n, {a.logit_gradient, entry, 1},
                                    a.scale, a.key_gradient + key * channels);
    weighted_sums<N, PerHead, true>(a.heads, a.width, a.output_gradient, channels, query, n, {a.probability, entry, 1},
                                    1.f, a.value_gradient + key * channels);
  }
}

struct Forward {
  const Arrays& a;
  std::int64_t begin, end;
  const Scratch& s;
  template <int N, int PerHead>
  void run() const {
    forward_rows<N, PerHead>(a, begin, end, s);
  }
};
struct BackwardRows {
  const Arrays& a;
  float* partial;
  std::int64_t begin, end;
  const Scratch& s;
  template <int N, int PerHead>
  void run() const {
    backward_rows<N, PerHead>(a, partial, begin, end, s);
  }
};
struct BackwardKeys {
  const Arrays& a;
  std::int64_t begin, end;
  template <int N, int PerHead>
  void run() const {
    backward_keys<N, PerHead>(a, begin, end);
  }
};

void forward(const Arrays& a, std::int64_t begin, std::int64_t end, std::int64_t longest, float* memory) {
  const Scratch s(a, longest, memory);
  for_width(a.width, Forward{a, begin, end, s});
}
void backward_rows(const Arrays& a, std::int64_t piece, std::int64_t begin, std::int64_t end, std::int64_t longest,
                   float* memory) {
  const Scratch s(a, longest, memory);
  float* partial = a.relation_partial + piece * a.relations * a.heads * kPartial;
  for_width(a.width, BackwardRows{a, partial, begin, end, s});
}
void backward_keys(const Arrays& a, std::int64_t begin, std::int64_t end) {
  for_width(a.width, BackwardKeys{a, begin, end});
}

}  // namespace

const AttentionSimd TREEWALK_SIMD = {Scratch::floats, forward, backward_rows, backward_keys};

}  // namespace treewalk
