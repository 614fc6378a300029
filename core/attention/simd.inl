// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Vector registers by the compilers' vector extensions. Included inside an anonymous namespace of a file compiled for
// one instruction set, with TREEWALK_LANES floats to a register; no library code may be compiled there, because the
// linker could let other files share it.

template <int N>
struct Register;
template <>
struct Register<4> {
  typedef float Float __attribute__((vector_size(16)));
  typedef float Unaligned __attribute__((vector_size(16), aligned(4), may_alias));
};
template <>
struct Register<8> {
  typedef float Float __attribute__((vector_size(32)));
  typedef float Unaligned __attribute__((vector_size(32), aligned(4), may_alias));
};
template <>
struct Register<16> {
  typedef float Float __attribute__((vector_size(64)));
  typedef float Unaligned __attribute__((vector_size(64), aligned(4), may_alias));
};
template <int N>
using Float = typename Register<N>::Float;

constexpr int kLanes = TREEWALK_LANES;
typedef std::int32_t Int __attribute__((vector_size(4 * kLanes)));
typedef std::int32_t UnalignedInt __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
typedef std::uint8_t Bytes __attribute__((vector_size(kLanes)));
typedef std::uint8_t UnalignedBytes __attribute__((vector_size(kLanes), aligned(1), may_alias));

template <int N>
inline Float<N> load(const float* from) {
  return *reinterpret_cast<const typename Register<N>::Unaligned*>(from);
}
template <int N>
inline void store(float* to, Float<N> x) {
  *reinterpret_cast<typename Register<N>::Unaligned*>(to) = x;
}

inline Float<kLanes> all(float x) { return Float<kLanes>{} + x; }

constexpr std::int64_t padded(std::int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

/// 0 .. N - 1, for shuffles.
template <int... I>
struct Indices {};
template <int N>
struct IndicesOf;
template <>
struct IndicesOf<4> {
  using type = Indices<0, 1, 2, 3>;
};
template <>
struct IndicesOf<8> {
  using type = Indices<0, 1, 2, 3, 4, 5, 6, 7>;
};
template <>
struct IndicesOf<16> {
  using type = Indices<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15>;
};

template <int... I>
inline Int counted(Indices<I...>) {
  return Int{I...};
}
inline Int lane_numbers() { return counted(IndicesOf<kLanes>::type{}); }

/// Seen as blocks of H lanes: the even blocks of a and b, alternating; and the odd ones.
template <int H, int N, int... I>
inline Float<N> even_blocks(Float<N> a, Float<N> b, Indices<I...>) {
  return __builtin_shufflevector(a, b, ((I & H) ? N + I - H : I)...);
}
template <int H, int N, int... I>
inline Float<N> odd_blocks(Float<N> a, Float<N> b, Indices<I...>) {
  return __builtin_shufflevector(a, b, ((I & H) ? N + I : I + H)...);
}

/// One stage of a transpose: exchanges the odd blocks of v[i] with the even blocks of v[i + H].
template <int H, int N, int Count>
inline void exchange(Float<N>* v) {
  for (int i = 0; i < Count; ++i) {
    if (i & H) continue;
    const Float<N> a = v[i], b = v[i + H];
    v[i] = even_blocks<H, N>(a, b, typename IndicesOf<N>::type{});
    v[i + H] = odd_blocks<H, N>(a, b, typename IndicesOf<N>::type{});
  }
}

template <int N, int... I>
inline Float<N> lower_half(Float<2 * N> x, Indices<I...>) {
  return __builtin_shufflevector(x, x, I...);
}
template <int N, int... I>
inline Float<N> upper_half(Float<2 * N> x, Indices<I...>) {
  return __builtin_shufflevector(x, x, (N + I)...);
}
template <int N>
inline Float<N> add_halves(Float<2 * N> x) {
  return lower_half<N>(x, typename IndicesOf<N>::type{}) + upper_half<N>(x, typename IndicesOf<N>::type{});
}
template <int N>
inline Float<N> larger(Float<N> a, Float<N> b) {
  return a > b ? a : b;
}
template <int N>
inline Float<N> larger_half(Float<2 * N> x) {
  return larger<N>(lower_half<N>(x, typename IndicesOf<N>::type{}), upper_half<N>(x, typename IndicesOf<N>::type{}));
}

/// Lane i holds the sum of v[i].
template <int N>
inline Float<4> sums_of_four(Float<N>* v) {
  exchange<1, N, 4>(v);
  Float<N> pair[4] = {v[0] + v[1], {}, v[2] + v[3], {}};
  const Float<N> sum = even_blocks<2, N>(pair[0], pair[2], typename IndicesOf<N>::type{}) +
                       odd_blocks<2, N>(pair[0], pair[2], typename IndicesOf<N>::type{});
  if constexpr (N == 16) {
    return add_halves<4>(add_halves<8>(sum));
  } else if constexpr (N == 8) {
    return add_halves<4>(sum);
  } else {
    return sum;
  }
}

template <int N>
inline float sum_of(Float<N> x) {
  if constexpr (N > 4) {
    return sum_of<N / 2>(add_halves<N / 2>(x));
  } else {
    return (x[0] + x[2]) + (x[1] + x[3]);
  }
}
template <int N>
inline float largest_of(Float<N> x) {
  if constexpr (N > 4) {
    return largest_of<N / 2>(larger_half<N / 2>(x));
  } else {
    const float a = x[0] > x[2] ? x[0] : x[2], b = x[1] > x[3] ? x[1] : x[3];
    return a > b ? a : b;
  }
}

/// table[index]; kOneRegister: the table has kLanes places. A template, not a branch: compilers hoist what the slow
/// form needs out of a branch.
template <bool kOneRegister>
inline Float<kLanes> look_up(const float* table, Int index) {
#if defined(__GNUC__) && !defined(__clang__) && TREEWALK_LANES > 4
  if constexpr (kOneRegister) return __builtin_shuffle(load<kLanes>(table), index);
#endif
  Float<kLanes> result;
  for (int i = 0; i < kLanes; ++i) result[i] = table[index[i]];
  return result;
}

inline Float<kLanes> root_of(Float<kLanes> x) {
  Float<kLanes> result;
  for (int i = 0; i < kLanes; ++i) result[i] = __builtin_sqrtf(x[i]);
  return result;
}

/// exp(x) for x <= 0 with a relative error near 1e-7; exactly 0 below -87, which minus infinity is.
inline Float<kLanes> exponential(Float<kLanes> x) {
  const Float<kLanes> bounded = x < -87.f ? all(-87.f) : x;
  // x = n ln 2 + r. Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits.
  const Float<kLanes> shifted = bounded * 1.44269504f + 12582912.f;
  const Float<kLanes> n = shifted - 12582912.f;
  const Float<kLanes> r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
  Float<kLanes> p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.f;
  const Int power = (reinterpret_cast<Int>(shifted) << 23) + 0x3f800000;  // 2^n
  const Float<kLanes> result = p * reinterpret_cast<Float<kLanes>>(power);
  return x < -87.f ? all(0.f) : result;
}
