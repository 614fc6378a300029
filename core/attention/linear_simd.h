// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/attention/global_arrays.h"
#include "core/attention/linear_arrays.h"

namespace treewalk {

/// The bodies of linear_kernel.h for vector registers, compiled once per instruction set. Features and channels of a
/// head must be multiples of 4. Each function works on rows (or keys) begin..end alone; results differ from the bodies
/// by rounding only.
struct LinearSimd {
  /// Floats of scratch memory, aligned to 64 bytes, that a piece of rows needs; `longest`: entries of its longest row.
  std::int64_t (*scratch)(const LinearArrays<float>& arrays, std::int64_t longest);
  void (*forward)(const LinearArrays<float>& arrays, std::int64_t begin, std::int64_t end, std::int64_t longest,
                  float* scratch);
  void (*backward_rows)(const LinearArrays<float>& arrays, std::int64_t begin, std::int64_t end, std::int64_t longest,
                        float* scratch);
  void (*backward_keys)(const LinearArrays<float>& arrays, std::int64_t begin, std::int64_t end);
  /// The bodies of global_kernel.h, for all heads of a piece and any width.
  void (*outer_sums)(const GlobalArrays<float>& arrays, std::int64_t piece);
  void (*state_products)(const GlobalArrays<float>& arrays, std::int64_t piece);
};

/// For the instruction set in use.
const LinearSimd& linear_simd();

extern const LinearSimd kLinearBaseline;
#ifdef __x86_64__
extern const LinearSimd kLinearAvx2;
extern const LinearSimd kLinearAvx512;
#endif

}  // namespace treewalk
