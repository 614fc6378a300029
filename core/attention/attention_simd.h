// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/attention/attention_arrays.h"
#include "core/attention/global_arrays.h"

namespace treewalk {

/// A piece of rows, and the entries of its longest one.
struct RowsOfPiece {
  std::int64_t piece = 0, begin = 0, end = 0, longest = 0;
};

/// The bodies by row of row_attention_kernel.h for vector registers; results differ from those by rounding only.
/// Numbers and channels of a head must be multiples of 4.
template <class Arrays>
struct RowSimd {
  /// Floats of scratch memory, aligned to 64 bytes, that a piece of rows needs; `longest`: entries of its longest row.
  std::int64_t (*scratch)(const Arrays& arrays, std::int64_t longest);
  void (*forward)(const Arrays& arrays, const RowsOfPiece& rows, float* scratch);
  /// All that is by row, relation_partial of the piece included.
  void (*backward)(const Arrays& arrays, const RowsOfPiece& rows, float* scratch);
};

/// The kernels of attention, compiled once per instruction set.
struct AttentionSimd {
  RowSimd<FamilyArrays<float>> family;
  RowSimd<MaskedArrays<float>> masked;
  void (*backward_keys)(const RowArrays<float>& arrays, std::int64_t begin, std::int64_t end);
  /// The bodies of global_kernel.h, for all heads of a piece and any width.
  void (*outer_sums)(const GlobalArrays<float>& arrays, std::int64_t piece);
  void (*state_products)(const GlobalArrays<float>& arrays, std::int64_t piece);
};
extern const AttentionSimd kAttentionBaseline, kAttentionAvx2, kAttentionAvx512;

/// Those of the instruction set in use.
const AttentionSimd& attention_simd();

}  // namespace treewalk
