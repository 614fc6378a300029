// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// The body of attention_simd_*.cpp, which define TREEWALK_SIMD (the table's name) and TREEWALK_LANES.
// A row is worked on in steps: what its entries bring, dot products, weights (one lane per entry, in blocks of kLanes,
// with numbers of padding lanes ignored), weighted sums (one lane per channel).
#include <cstddef>
#include <cstdint>

#include "core/attention/attention_simd.h"

namespace treewalk {
namespace {

// Each needs those before it.
#include "core/attention/simd.inl"
//
#include "core/attention/row_steps.inl"
//
#include "core/attention/family_steps.inl"
//
#include "core/attention/mask_steps.inl"

/// Asks for the keys and values of the next row, so that they arrive while this one is worked on.
__attribute__((always_inline)) inline void prefetch_row(const RowArrays<float>& a, std::int64_t row, std::int64_t end) {
  if (row >= end) return;
  const std::int64_t first = a.offset[row], n = a.offset[row + 1] - first;
  prefetch_rows(a.key, a.key_stride, a.column + first, n, std::int64_t(a.heads) * a.features);
  prefetch_rows(a.value, a.value_stride, a.column + first, n, std::int64_t(a.heads) * a.width);
}

/// The same for the queries that name the next key.
__attribute__((always_inline)) inline void prefetch_key(const RowArrays<float>& a, std::int64_t key, std::int64_t end) {
  if (key >= end) return;
  const std::int64_t first = a.key_offset[key], n = a.key_offset[key + 1] - first;
  const std::int64_t channels = std::int64_t(a.heads) * a.width;
  prefetch_rows(a.query, a.query_stride, a.key_query + first, n, std::int64_t(a.heads) * a.features);
  prefetch_rows(a.output_gradient, channels, a.key_query + first, n, channels);
  prefetch_rows(a.product_gradient, a.heads, a.key_entry + first, n, a.heads);
  prefetch_rows(a.weight, a.heads, a.key_entry + first, n, a.heads);
}

/// The passes of a piece of rows, and of keys; run<N, PerHead>() is for heads of one width (for_width).
template <class Row>
struct Forward {
  const typename Row::Arrays& a;
  const RowsOfPiece& rows;
  float* memory;

  template <int N, int PerHead>
  void run() const {
    run_with(OneWidth<N, PerHead>());
  }
  template <class Products>
  void run_with(const Products& products) const {
    const Row steps(a, rows.longest, memory);
    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
      const std::int64_t first = a.offset[row], n = a.offset[row + 1] - first;
      const std::int32_t* column = a.column + first;
      prefetch_row(a, row + 1, rows.end);
      steps.read(row, first, n);
      products.dots(a.heads, a.features, a.query + row * a.query_stride, a.key, a.key_stride, column, n, steps.weight,
                    steps.entries);
      steps.to_weights(row, n);
      products.sum_values(a.heads, a.width, a.value, a.value_stride, column, n, {steps.weight, nullptr, steps.entries},
                          1.f, a.output + row * a.heads * a.width);
      steps.finish_forward(row, first, n);
    }
  }
};

template <class Row>
struct Backward {
  const typename Row::Arrays& a;
  const RowsOfPiece& rows;
  float* memory;

  template <int N, int PerHead>
  void run() const {
    run_with(OneWidth<N, PerHead>());
  }
  template <class Products>
  void run_with(const Products& products) const {
    Row steps(a, rows.longest, memory);
    steps.start_backward(rows.piece);
    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
      const std::int64_t first = a.offset[row], n = a.offset[row + 1] - first;
      const std::int32_t* column = a.column + first;
      const float* gradient = a.output_gradient + row * a.heads * a.width;
      prefetch_row(a, row + 1, rows.end);
      steps.read(row, first, n);
      steps.load_weights(row, first, n, products);
      products.changes(a.heads, a.width, gradient, a.value, a.value_stride, column, n, steps.gradient, steps.entries);
      steps.to_gradients(row, n, gradient, a.output + row * a.heads * a.width, products);
      to_entries(steps.gradient, steps.entries, a.heads, n, a.product_gradient + first * a.heads);
      products.sum_keys(a.heads, a.features, a.key, a.key_stride, column, n, {steps.gradient, nullptr, steps.entries},
                        a.scale, a.query_gradient + row * a.heads * a.features);
      steps.finish_backward(row, first, n);
    }
  }
};

/// Families are inlined for each width, as most time goes there.
template <template <class> class Pass, class Row>
void run_pass(const typename Row::Arrays& a, const RowsOfPiece& rows, float* memory) {
  const Pass<Row> pass{a, rows, memory};
  if constexpr (Row::one_width) {
    for_width(a.width, pass);
  } else {
    pass.run_with(TwoWidths(a));
  }
}

struct BackwardKeys {
  const RowArrays<float>& a;
  std::int64_t begin, end;

  template <int N, int PerHead>
  void run() const {
    run_with(weighted_sums<N, PerHead, true>, weighted_sums<N, PerHead, true>);
  }
  template <class Sums>
  __attribute__((always_inline)) void run_with(const Sums& of_keys, const Sums& of_values) const {
    const std::int64_t features = std::int64_t(a.heads) * a.features, channels = std::int64_t(a.heads) * a.width;
    for (std::int64_t key = begin; key < end; ++key) {
      const std::int64_t first = a.key_offset[key], n = a.key_offset[key + 1] - first;
      const std::int32_t *query = a.key_query + first, *entry = a.key_entry + first;
      prefetch_key(a, key + 1, end);
      of_keys(a.heads, a.features, a.query, a.query_stride, query, n, {a.product_gradient, entry, 1}, a.scale,
              a.key_gradient + key * features);
      of_values(a.heads, a.width, a.output_gradient, channels, query, n, {a.weight, entry, 1}, 1.f,
                a.value_gradient + key * channels);
    }
  }
};

void backward_keys(const RowArrays<float>& a, std::int64_t begin, std::int64_t end) {
  const BackwardKeys pass{a, begin, end};
  if (a.features == a.width) {
    for_width(a.width, pass);
  } else {
    pass.run_with(weighted_sums_of<true>(a.features), weighted_sums_of<true>(a.width));
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

const AttentionSimd TREEWALK_SIMD = {{FamilyRow::floats, run_pass<Forward, FamilyRow>, run_pass<Backward, FamilyRow>},
                                     {MaskRow::floats, run_pass<Forward, MaskRow>, run_pass<Backward, MaskRow>},
                                     backward_keys,
                                     outer_sums,
                                     state_products};

}  // namespace treewalk
