// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/device/portable.h"

// Functions in float32 several times faster than the library's: without branches and calls, so that compilers take
// several at a time. The same bits on every set of instructions, where no product and sum become one.

namespace treewalk {

/// The logarithm of a normal x, good to 1e-7 and half a unit in the last place: e log 2 + 2 atanh((m - 1) / (m + 1))
/// with x = 2^e m and m from 2/3 to 4/3.
HD inline float fast_log(float x) {
  constexpr std::uint32_t kTwoThirds = 0x3f2aaaab, kFraction = (1u << 23) - 1;
  const std::uint32_t bits = bits_of(x) - kTwoThirds;
  const float m = float_of_bits((bits & kFraction) + kTwoThirds), s = (m - 1) / (m + 1), q = s * s;
  const float series = 2 + q * (2.0f / 3 + q * (2.0f / 5 + q * (2.0f / 7 + q * (2.0f / 9))));
  return static_cast<float>(static_cast<std::int32_t>(bits) >> 23) * 0.693147181f + s * series;
}

/// asinh, good to 1e-6.
HD inline float fast_asinh(float x) {
  const float size = std::abs(x);
  return std::copysign(fast_log(size + std::sqrt(size * size + 1)), x);
}

/// Of n numbers, several at a time.
template <int n>
HD inline void fast_asinh(float (&x)[n]) {
  const int turns = not_written_out(n);
  UNROLL
  for (int k = 0; k < turns; ++k) x[k] = fast_asinh(x[k]);
}

/// e^x for x <= 0, good to 2e-7 of it, and 0 below e^-87: 2^n e^r with n the whole number next to x / log 2, |r| at
/// most half of log 2. NaN stays NaN.
HD inline float fast_exp(float x) {
  constexpr float kLeast = -87.0f, kRounds = 12582912.0f;  // 1.5 * 2^23: a sum with it is a whole number
  const float rounded = std::max(x, kLeast) * 1.44269504f + kRounds, n = rounded - kRounds;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  const float high = 1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720 + r * (1.0f / 5040)));
  const float series = 1 + r * (1 + r * (1.0f / 2 + r * (1.0f / 6 + r * high)));
  const float power = float_of_bits((bits_of(rounded) - bits_of(kRounds) + 127) << 23);
  return x < kLeast ? 0 : series * power;
}

}  // namespace treewalk
