// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// The body of linear_simd_*.cpp, which define TREEWALK_SIMD (the table's name) and TREEWALK_LANES. Numbers of padding
// lanes are ignored.
#include <cstddef>
#include <cstdint>

#include "core/attention/linear_simd.h"

namespace treewalk {
namespace {

#include "core/attention/simd.inl"
// Needs simd.inl before it.
#include "core/attention/row_steps.inl"

using Arrays = LinearArrays<float>;

constexpr std::int64_t padded(std::int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

/// By head: weights or dot products, their changes, the mask, and what is handed on.
struct Scratch {
  std::int64_t entries;
  float *weight, *change, *mask, *score;

  static std::int64_t floats(const Arrays& a, std::int64_t longest) {
    return 4 * std::int64_t(a.heads) * (padded(longest) + kLanes);
  }
  Scratch(const Arrays& a, std::int64_t longest, float* memory) : entries(padded(longest) + kLanes) {
    const std::int64_t size = a.heads * entries;
    weight = memory;
    change = memory + size;
    mask = memory + 2 * size;
    score = memory + 3 * size;
  }
};

using DotProducts = void (*)(int, int, const float*, const float*, std::int64_t, const std::int32_t*, std::int64_t,
                             float*, std::int64_t);
using WeightedSums = void (*)(int, int, const float*, std::int64_t, const std::int32_t*, std::int64_t, Weights, float,
                              float*);
struct PickDotProducts {
  DotProducts* picked;
  template <int N, int PerHead>
  void run() const {
    *picked = dot_products<N, PerHead>;
  }
};
template <bool kByEntry>
struct PickWeightedSums {
  WeightedSums* picked;
  template <int N, int PerHead>
  void run() const {
    *picked = weighted_sums<N, PerHead, kByEntry>;
  }
};
inline DotProducts dot_products_of(int width) {
  DotProducts picked = nullptr;
  for_width(width, PickDotProducts{&picked});
  return picked;
}
template <bool kByEntry>
inline WeightedSums weighted_sums_of(int width) {
  WeightedSums picked = nullptr;
  for_width(width, PickWeightedSums<kByEntry>{&picked});
  return picked;
}

/// The mask of a row, by head.
inline void load_mask(const Arrays& a, const Scratch& s, std::int64_t first, std::int64_t n) {
  if (a.mask_heads > 1) {
    to_heads(a.mask + first * a.heads, s.entries, a.heads, n, s.mask);
  } else {
    for (std::int64_t e = 0; e < n; ++e) s.mask[e] = a.mask[first + e];
  }
}
inline const float* mask_of_head(const Arrays& a, const Scratch& s, int head) {
  return s.mask + (a.mask_heads > 1 ? head * s.entries : 0);
}

inline Float<kLanes> within(Float<kLanes> x, std::int64_t e, std::int64_t n) {
  return lane_numbers() < static_cast<std::int32_t>(n - e) ? x : all(0.f);
}

__attribute__((always_inline)) inline void prefetch_row(const Arrays& a, std::int64_t row, std::int64_t end) {
  if (row >= end) return;
  const std::int64_t first = a.offset[row], n = a.offset[row + 1] - first;
  prefetch_rows(a.key, a.key_stride, a.column + first, n, std::int64_t(a.heads) * a.features);
  prefetch_rows(a.value, a.value_stride, a.column + first, n, std::int64_t(a.heads) * a.width);
}

inline float largest_product(const float* product, std::int64_t n) {
  Float<kLanes> highest = all(-__builtin_inff());
  for (std::int64_t e = 0; e < n; e += kLanes) {
    const Float<kLanes> here = load<kLanes>(product + e);
    highest =
        larger<kLanes>(lane_numbers() < static_cast<std::int32_t>(n - e) ? here : all(-__builtin_inff()), highest);
  }
  return largest_of<kLanes>(highest);
}

inline void to_exponentials(float* product, std::int64_t n, float peak) {
  for (std::int64_t e = 0; e < n; e += kLanes)
    store<kLanes>(product + e, exponential(load<kLanes>(product + e) - peak));
}

void forward(const Arrays& a, std::int64_t begin, std::int64_t end, std::int64_t longest, float* memory) {
  const Scratch s(a, longest, memory);
  const DotProducts dots = dot_products_of(a.features);
  const WeightedSums sums = weighted_sums_of<false>(a.width);
  for (std::int64_t row = begin; row < end; ++row) {
    const std::int64_t first = a.offset[row], n = a.offset[row + 1] - first;
    const std::int32_t* column = a.column + first;
    prefetch_row(a, row + 1, end);
    dots(a.heads, a.features, a.query + row * a.query_stride, a.key, a.key_stride, column, n, s.weight, s.entries);
    load_mask(a, s, first, n);
    for (int h = 0; h < a.heads; ++h) {
      float* weight = s.weight + h * s.entries;
      const float* mask = mask_of_head(a, s, h);
      if (a.exponential) to_exponentials(weight, n, a.peak[row * a.heads + h] = largest_product(weight, n));
      Float<kLanes> total = {};
      for (std::int64_t e = 0; e < n; e += kLanes) {
        const Float<kLanes> w = within(load<kLanes>(weight + e) * load<kLanes>(mask + e), e, n);
        store<kLanes>(weight + e, w);
        total += w;
      }
      const float denominator = sum_of<kLanes>(total) + a.epsilon, normal = n > 0 ? 1 / denominator : 0;
      a.denominator[row * a.heads + h] = denominator;
      for (std::int64_t e = 0; e < n; e += kLanes) store<kLanes>(weight + e, load<kLanes>(weight + e) * normal);
    }
    sums(a.heads, a.width, a.value, a.value_stride, column, n, {s.weight, nullptr, s.entries}, 1.f,
         a.output + row * a.heads * a.width);
  }
}

void backward_rows(const Arrays& a, std::int64_t begin, std::int64_t end, std::int64_t longest, float* memory) {
  const Scratch s(a, longest, memory);
  const DotProducts dots = dot_products_of(a.features), changes = dot_products_of(a.width);
  const WeightedSums sums = weighted_sums_of<false>(a.features);
  for (std::int64_t row = begin; row < end; ++row) {
    const std::int64_t first = a.offset[row], n = a.offset[row + 1] - first;
    const std::int32_t* column = a.column + first;
    const float *gradient = a.output_gradient + row * a.heads * a.width, *out = a.output + row * a.heads * a.width;
    prefetch_row(a, row + 1, end);
    dots(a.heads, a.features, a.query + row * a.query_stride, a.key, a.key_stride, column, n, s.weight, s.entries);
    changes(a.heads, a.width, gradient, a.value, a.value_stride, column, n, s.change, s.entries);
    load_mask(a, s, first, n);
    for (int h = 0; h < a.heads; ++h) {
      Float<4> dot = {};
      for (int c = h * a.width; c < (h + 1) * a.width; c += 4) dot += load<4>(gradient + c) * load<4>(out + c);
      const float mean = sum_of<4>(dot), normal = 1 / a.denominator[row * a.heads + h];
      float *weight = s.weight + h * s.entries, *change = s.change + h * s.entries, *score = s.score + h * s.entries;
      const float* mask = mask_of_head(a, s, h);
      if (a.exponential) to_exponentials(weight, n, a.peak[row * a.heads + h]);
      for (std::int64_t e = 0; e < n; e += kLanes) {
        const Float<kLanes> d = (load<kLanes>(change + e) - mean) * normal, m = load<kLanes>(mask + e);
        const Float<kLanes> product = load<kLanes>(weight + e);
        store<kLanes>(score + e, a.exponential ? m * d * product : m * d);
        store<kLanes>(change + e, product * d);
        store<kLanes>(weight + e, product * m * normal);
      }
    }
    to_entries(s.score, s.entries, a.heads, n, a.edge_score + first * a.heads);
    to_entries(s.weight, s.entries, a.heads, n, a.edge_weight + first * a.heads);
    if (a.mask_gradient) to_entries(s.change, s.entries, a.heads, n, a.mask_gradient + first * a.heads);
    sums(a.heads, a.features, a.key, a.key_stride, column, n, {s.score, nullptr, s.entries}, 1.f,
         a.query_gradient + row * a.heads * a.features);
  }
}

void backward_keys(const Arrays& a, std::int64_t begin, std::int64_t end) {
  const WeightedSums of_keys = weighted_sums_of<true>(a.features), of_values = weighted_sums_of<true>(a.width);
  const std::int64_t features = std::int64_t(a.heads) * a.features, channels = std::int64_t(a.heads) * a.width;
  for (std::int64_t key = begin; key < end; ++key) {
    const std::int64_t first = a.key_offset[key], n = a.key_offset[key + 1] - first;
    const std::int32_t *query = a.key_query + first, *entry = a.key_entry + first;
    if (key + 1 < end) {
      const std::int64_t next = a.key_offset[key + 1], count = a.key_offset[key + 2] - next;
      prefetch_rows(a.query, a.query_stride, a.key_query + next, count, features);
      prefetch_rows(a.output_gradient, channels, a.key_query + next, count, channels);
    }
    of_keys(a.heads, a.features, a.query, a.query_stride, query, n, {a.edge_score, entry, 1}, 1.f,
            a.key_gradient + key * features);
    of_values(a.heads, a.width, a.output_gradient, channels, query, n, {a.edge_weight, entry, 1}, 1.f,
              a.value_gradient + key * channels);
  }
}

using Global = GlobalArrays<float>;

void outer_sums(const Global& a, std::int64_t piece) {
  const std::int64_t size = std::int64_t(a.features) * a.width;
  float* partial = a.partial + piece * a.heads * size;
  for (std::int64_t i = 0; i < a.heads * size; ++i) partial[i] = 0;
  const int whole = a.width / kLanes * kLanes;
  for (std::int64_t row = a.piece_begin[piece]; row < a.piece_end[piece]; ++row) {
    const float *left = a.a + row * a.heads * a.features, *right = a.b + row * a.heads * a.width;
    float* sum = partial;
    for (int h = 0; h < a.heads; ++h, left += a.features, right += a.width, sum += size) {
      for (int c = 0; c < whole; c += kLanes) {
        const Float<kLanes> values = load<kLanes>(right + c);
        for (int r = 0; r < a.features; ++r)
          store<kLanes>(sum + r * a.width + c, load<kLanes>(sum + r * a.width + c) + left[r] * values);
      }
      for (int c = whole; c < a.width; ++c)
        for (int r = 0; r < a.features; ++r) sum[r * a.width + c] += left[r] * right[c];
    }
  }
}

void state_products(const Global& a, std::int64_t piece) {
  const std::int64_t size = std::int64_t(a.features) * a.width;
  const float* state = a.state + a.group_of_piece[piece] * a.heads * size;
  const int whole = a.width / kLanes * kLanes;
  for (std::int64_t row = a.piece_begin[piece]; row < a.piece_end[piece]; ++row) {
    const float *x = a.a + row * a.heads * a.features, *own = state;
    float* y = a.result + row * a.heads * a.width;
    for (int h = 0; h < a.heads; ++h, x += a.features, y += a.width, own += size) {
      for (int c = 0; c < whole; c += kLanes) {
        Float<kLanes> sum = {};
        for (int r = 0; r < a.features; ++r) sum += x[r] * load<kLanes>(own + r * a.width + c);
        store<kLanes>(y + c, sum);
      }
      for (int c = whole; c < a.width; ++c) {
        float sum = 0;
        for (int r = 0; r < a.features; ++r) sum += x[r] * own[r * a.width + c];
        y[c] = sum;
      }
    }
  }
}

}  // namespace

const LinearSimd TREEWALK_SIMD = {Scratch::floats, forward, backward_rows, backward_keys, outer_sums, state_products};

}  // namespace treewalk
