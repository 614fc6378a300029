// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

// What differs between g++ and nvcc, and nothing else.
#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#define HD __host__ __device__
#else
#define HD
#endif
/// Before a loop whose counter must be known in every turn: arrays that it indexes stay in registers.
/// And before one whose turns are long: written out 16 times they would need more registers than a GPU has.
#ifdef __CUDA_ARCH__
#define UNROLL _Pragma("unroll")
#define NO_UNROLL _Pragma("unroll 1")
#else
#define UNROLL
#define NO_UNROLL
#endif

namespace treewalk {

/// Zero bits above the highest set bit of x; x must not be 0.
HD inline int leading_zeros(std::uint64_t x) {
#ifdef __CUDA_ARCH__
  return __clzll(static_cast<long long>(x));
#else
  return __builtin_clzll(x);
#endif
}

/// So many floats that loops over them leave nothing over of vector registers; a GPU's thread has one at a time.
HD constexpr int whole_registers(int floats) {
#ifdef __CUDA_ARCH__
  return floats;
#else
  constexpr int kLanes = 8;
  return (floats + kLanes - 1) / kLanes * kLanes;
#endif
}

/// The same number, but no compiler for CPUs knows which: it would write a loop of so many turns out turn by turn
/// before it sees that registers can take several.
HD inline int not_written_out(int turns) {
#if defined(__GNUC__) && !defined(__CUDA_ARCH__)
  asm("" : "+r"(turns));
#endif
  return turns;
}

/// The bits of a float; of one that is not negative they order as it does.
HD inline std::uint32_t bits_of(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
HD inline float float_of_bits(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

}  // namespace treewalk
