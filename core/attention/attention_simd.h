// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/attention/attention_arrays.h"

namespace treewalk {

/// The bodies of attention_kernel.h for vector registers, compiled once per instruction set. Each function works on
/// rows (or keys) begin..end alone; results differ from the bodies by rounding only.
struct AttentionSimd {
  /// Floats of scratch memory, aligned to 64 bytes, that a piece of rows needs; `longest`: entries of its longest row.
  std::int64_t (*scratch)(const AttentionArrays<float>& arrays, std::int64_t longest);
  void (*forward)(const AttentionArrays<float>& arrays, std::int64_t begin, std::int64_t end, std::int64_t longest,
                  float* scratch);
  /// All that is by row, relation_partial of piece `piece` included.
  void (*backward_rows)(const AttentionArrays<float>& arrays, std::int64_t piece, std::int64_t begin, std::int64_t end,
                        std::int64_t longest, float* scratch);
  void (*backward_keys)(const AttentionArrays<float>& arrays, std::int64_t begin, std::int64_t end);
};

extern const AttentionSimd kAttentionBaseline;
#ifdef __x86_64__
extern const AttentionSimd kAttentionAvx2;
extern const AttentionSimd kAttentionAvx512;
#endif

}  // namespace treewalk
