// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Registers of floats and of doubles, and squared distances by them. Included by row_search.inl inside its anonymous
// namespace.

#if defined(__AVX512F__)
constexpr int kRegister = 64;
#elif defined(__AVX2__)
constexpr int kRegister = 32;
#else
constexpr int kRegister = 16;
#endif

template <class T>
struct Lanes {
  typedef T type __attribute__((vector_size(kRegister)));
  static constexpr int size = kRegister / sizeof(T);
};
template <class T>
using Register = typename Lanes<T>::type;

template <class T>
inline Register<T> load(const T* from) {
  Register<T> lanes;
  __builtin_memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
template <class T>
inline Register<T> all(T value) {
  return Register<T>{} + value;
}

#if defined(__AVX512F__)
/// Bit j: a[j] <= b[j].
inline std::uint32_t not_above(Register<float> a, Register<float> b) {
  return _mm512_cmp_ps_mask(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), _CMP_LE_OQ);
}
inline std::uint32_t not_above(Register<double> a, Register<double> b) {
  return _mm512_cmp_pd_mask(reinterpret_cast<__m512d>(a), reinterpret_cast<__m512d>(b), _CMP_LE_OQ);
}
/// The sum in any order.
inline float total(Register<float> a) { return _mm512_reduce_add_ps(reinterpret_cast<__m512>(a)); }
inline double total(Register<double> a) { return _mm512_reduce_add_pd(reinterpret_cast<__m512d>(a)); }
#elif defined(__AVX2__)
inline std::uint32_t not_above(Register<float> a, Register<float> b) {
  return _mm256_movemask_ps(_mm256_cmp_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), _CMP_LE_OQ));
}
inline std::uint32_t not_above(Register<double> a, Register<double> b) {
  return _mm256_movemask_pd(_mm256_cmp_pd(reinterpret_cast<__m256d>(a), reinterpret_cast<__m256d>(b), _CMP_LE_OQ));
}
inline float total(Register<float> a) {
  const auto v = reinterpret_cast<__m256>(a);
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(half, _mm_shuffle_ps(half, half, 1)));
}
inline double total(Register<double> a) { return (a[0] + a[1]) + (a[2] + a[3]); }
#elif defined(__SSE2__)
inline std::uint32_t not_above(Register<float> a, Register<float> b) {
  return _mm_movemask_ps(_mm_cmple_ps(reinterpret_cast<__m128>(a), reinterpret_cast<__m128>(b)));
}
inline std::uint32_t not_above(Register<double> a, Register<double> b) {
  return _mm_movemask_pd(_mm_cmple_pd(reinterpret_cast<__m128d>(a), reinterpret_cast<__m128d>(b)));
}
inline float total(Register<float> a) { return (a[0] + a[1]) + (a[2] + a[3]); }
inline double total(Register<double> a) { return a[0] + a[1]; }
#else
template <class V>
inline std::uint32_t not_above(V a, V b) {
  std::uint32_t bits = 0;
  for (unsigned j = 0; j < sizeof a / sizeof a[0]; ++j) bits |= std::uint32_t{a[j] <= b[j]} << j;
  return bits;
}
inline float total(Register<float> a) { return (a[0] + a[1]) + (a[2] + a[3]); }
inline double total(Register<double> a) { return a[0] + a[1]; }
#endif

/// Blocks that are taken together: enough sums to keep the adders at work.
template <class T>
constexpr int kTogether = Lanes<T>::size >= kRowLanes       ? 4
                          : kRowLanes / Lanes<T>::size <= 4 ? 2
                                                            : 1;

/// Columns between two looks at whether any row can still be near enough.
constexpr std::int64_t kStride = 8;

/// Squared distances to the rows of kBlocks blocks; bit 16 b + j of the result: row j of block b is not farther than
/// the bound. Sums only grow, so rows may be given up before the last column: then the result is 0.
template <int kBlocks, class T>
inline std::uint64_t block_distances(const T* block, std::int64_t columns, const T* query, T bound, T* distance) {
  constexpr int size = Lanes<T>::size, parts = kRowLanes / size;
  Register<T> sum[kBlocks * parts] = {};
  std::int64_t column = 0;
  for (;;) {
    const std::int64_t end = columns - column > kStride + kStride / 2 ? column + kStride : columns;
    for (; column < end; ++column) {
      const Register<T> at = all(query[column]);
      for (int b = 0; b < kBlocks; ++b)
        for (int p = 0; p < parts; ++p) {
          const Register<T> step = load(block + (b * columns + column) * kRowLanes + p * size) - at;
          sum[b * parts + p] += step * step;
        }
    }
    if (column == columns) break;
    Register<T> least = sum[0];
    for (int i = 1; i < kBlocks * parts; ++i) least = sum[i] < least ? sum[i] : least;
    if (not_above(least, all(bound)) == 0) return 0;
  }
  std::uint64_t near = 0;
  for (int i = 0; i < kBlocks * parts; ++i) {
    __builtin_memcpy(distance + i * size, &sum[i], sizeof sum[i]);
    near |= static_cast<std::uint64_t>(not_above(sum[i], all(bound))) << i * size;
  }
  return near;
}

/// The squared distance to a box, summed in any order.
template <class T>
inline T box_distance(const T* box, std::int64_t columns, std::int64_t padded, const T* query) {
  Register<T> sum = {};
  for (std::int64_t column = 0; column < columns; column += Lanes<T>::size) {
    const Register<T> at = load(query + column), zero = {};
    const Register<T> below = load(box + column) - at, above = at - load(box + padded + column);
    Register<T> gap = below > above ? below : above;
    gap = gap > zero ? gap : zero;
    sum += gap * gap;
  }
  return total(sum);
}
