// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// What the kernels of all kinds of attention do with a row of entries: dot products with the rows that they name,
// weighted sums of those, and the way between entries and heads. Included after simd.inl, inside an anonymous
// namespace.

/// Registers of N floats to a head of `width` channels; PerHead where known when compiled, else 0.
template <int PerHead>
inline int registers(int width, int lanes) {
  return PerHead ? PerHead : width / lanes;
}

/// result[h][e] = query_h . rows_h(column[e]) for the entries of a row.
template <int N, int PerHead>
inline void dot_products(int heads, int width, const float* query, const float* rows, std::int64_t stride,
                         const std::int32_t* column, std::int64_t n, float* result, std::int64_t entries) {
  const int per_head = registers<PerHead>(width, N);
  for (std::int64_t e = 0; e < n; e += 4) {
    const float* row[4];
    for (int i = 0; i < 4; ++i) row[i] = rows + column[e + i < n ? e + i : n - 1] * stride;
    const float* q = query;
    for (int h = 0; h < heads; ++h) {
      Float<N> sum[4] = {};
      for (int v = 0; v < per_head; ++v) {
        const Float<N> from = load<N>(q);
        for (int i = 0; i < 4; ++i) {
          sum[i] = v == 0 ? from * load<N>(row[i]) : sum[i] + from * load<N>(row[i]);
          row[i] += N;
        }
        q += N;
      }
      store<4>(result + h * entries + e, sums_of_four<N>(sum));
    }
  }
}

/// Weights of a sum over entries: weight(e, h) = from[place(e) + h * head], place(e) = e, or entry[e] * heads.
struct EntryWeights {
  const float* from;
  const std::int32_t* entry;
  std::int64_t head;
};

/// Registers first .. first + Count of factor * sum_e weight_h(e) rows_h(column[e]).
template <int N, int PerHead, int Count, bool kByEntry>
inline void sum_registers(const float* rows, std::int64_t stride, const std::int32_t* column, std::int64_t n,
                          EntryWeights weights, int heads, int first, int per_head, float factor, float* result) {
  constexpr int kShared = PerHead ? PerHead : 1 << 20;  // registers of this block that share a head's weight
  Float<N> sum[Count] = {};
  const float* from = rows + std::int64_t(first) * N;
  const float* weight = weights.from + (first / per_head) * weights.head;
  for (std::int64_t e = 0; e < n; ++e) {
    const float* row = from + column[e] * stride;
    const float* w = weight + (kByEntry ? std::int64_t(weights.entry[e]) * heads : e);
    for (int i = 0; i < Count; ++i) sum[i] += w[i / kShared * weights.head] * load<N>(row + i * N);
  }
  for (int i = 0; i < Count; ++i) store<N>(result + (first + i) * N, sum[i] * factor);
}

/// result[h * width + c] = factor * sum_e weight_h(e) rows_h(column[e]), four registers of channels at a time.
template <int N, int PerHead, bool kByEntry>
inline void weighted_sums(int heads, int width, const float* rows, std::int64_t stride, const std::int32_t* column,
                          std::int64_t n, EntryWeights weights, float factor, float* result) {
  const int per_head = registers<PerHead>(width, N), count = heads * per_head;
  int first = 0;
  if constexpr (PerHead) {
    for (; first + 4 <= count; first += 4)
      sum_registers<N, PerHead, 4, kByEntry>(rows, stride, column, n, weights, heads, first, per_head, factor, result);
    for (; first + 2 <= count; first += 2)
      sum_registers<N, PerHead, 2, kByEntry>(rows, stride, column, n, weights, heads, first, per_head, factor, result);
  }
  for (; first < count; ++first)
    sum_registers<N, PerHead, 1, kByEntry>(rows, stride, column, n, weights, heads, first, per_head, factor, result);
}

/// [heads][entries] to [n][heads], and back.
inline void to_entries(const float* by_head, std::int64_t entries, int heads, std::int64_t n, float* by_entry) {
  int h = 0;
  for (; h + 4 <= heads; h += 4) {
    std::int64_t e = 0;
    for (; e + 4 <= n; e += 4) {
      Float<4> v[4];
      for (int i = 0; i < 4; ++i) v[i] = load<4>(by_head + (h + i) * entries + e);
      exchange<1, 4, 4>(v);
      exchange<2, 4, 4>(v);
      for (int i = 0; i < 4; ++i) store<4>(by_entry + (e + i) * heads + h, v[i]);
    }
    for (; e < n; ++e)
      for (int i = h; i < h + 4; ++i) by_entry[e * heads + i] = by_head[i * entries + e];
  }
  for (; h < heads; ++h)
    for (std::int64_t e = 0; e < n; ++e) by_entry[e * heads + h] = by_head[h * entries + e];
}
inline void to_heads(const float* by_entry, std::int64_t entries, int heads, std::int64_t n, float* by_head) {
  int h = 0;
  for (; h + 4 <= heads; h += 4) {
    std::int64_t e = 0;
    for (; e + 4 <= n; e += 4) {
      Float<4> v[4];
      for (int i = 0; i < 4; ++i) v[i] = load<4>(by_entry + (e + i) * heads + h);
      exchange<1, 4, 4>(v);
      exchange<2, 4, 4>(v);
      for (int i = 0; i < 4; ++i) store<4>(by_head + (h + i) * entries + e, v[i]);
    }
    for (; e < n; ++e)
      for (int i = h; i < h + 4; ++i) by_head[i * entries + e] = by_entry[e * heads + i];
  }
  for (; h < heads; ++h)
    for (std::int64_t e = 0; e < n; ++e) by_head[h * entries + e] = by_entry[e * heads + h];
}

/// Asks for rows `column` of a matrix before they are needed. Always inline: g++ takes functions that only prefetch for
/// pure ones and drops calls of them.
__attribute__((always_inline)) inline void prefetch_rows(const float* rows, std::int64_t stride,
                                                         const std::int32_t* column, std::int64_t n,
                                                         std::int64_t channels) {
  for (std::int64_t e = 0; e < n; ++e) {
    const float* row = rows + column[e] * stride;
    for (std::int64_t c = 0; c < channels; c += 16) __builtin_prefetch(row + c);
  }
}

/// Calls work.run<N, PerHead>() for registers of N floats that divide the width, PerHead for widths 16 and 32.
template <class Work>
void for_width(int width, const Work& work) {
  if (width == 16) {
    work.template run<kLanes, 16 / kLanes>();
  } else if (width == 32) {
    work.template run<kLanes, 32 / kLanes>();
  } else if (width % kLanes == 0) {
    work.template run<kLanes, 0>();
  } else if (width % 8 == 0) {
    work.template run<(kLanes < 8 ? kLanes : 8), 0>();
  } else {
    work.template run<4, 0>();
  }
}

using DotProducts = void (*)(int, int, const float*, const float*, std::int64_t, const std::int32_t*, std::int64_t,
                             float*, std::int64_t);
using WeightedSums = void (*)(int, int, const float*, std::int64_t, const std::int32_t*, std::int64_t, EntryWeights,
                              float, float*);
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

/// Dot product of two heads in registers of N floats.
template <int N>
inline float dot_product(int width, const float* x, const float* y) {
  Float<N> dot = {};
  for (int c = 0; c < width; c += N) dot += load<N>(x + c) * load<N>(y + c);
  return sum_of<N>(dot);
}

inline Float<kLanes> within(Float<kLanes> x, std::int64_t e, std::int64_t n, float outside) {
  return lane_numbers() < static_cast<std::int32_t>(n - e) ? x : all(outside);
}

/// The products and sums of a row, for heads of as many features as channels: inlined.
template <int N, int PerHead>
struct OneWidth {
  static constexpr DotProducts dots = dot_products<N, PerHead>, changes = dots;
  static constexpr WeightedSums sum_values = weighted_sums<N, PerHead, false>, sum_keys = sum_values;
  static float dot(int width, const float* x, const float* y) { return dot_product<N>(width, x, y); }
};

/// The same for any two widths.
struct TwoWidths {
  DotProducts dots, changes;
  WeightedSums sum_values, sum_keys;
  explicit TwoWidths(const RowArrays<float>& a)
      : dots(dot_products_of(a.features)),
        changes(dot_products_of(a.width)),
        sum_values(weighted_sums_of<false>(a.width)),
        sum_keys(weighted_sums_of<false>(a.features)) {}
  static float dot(int width, const float* x, const float* y) { return dot_product<4>(width, x, y); }
};
