// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/device/parallel.h"

namespace treewalk {

/// work(piece, begin, end, entries of the longest row, scratch memory aligned to a cache line) for pieces of `size`
/// rows, on the CPU; simd.scratch says how many floats a piece needs.
template <class Simd, class Arrays, class Work>
void rows_in_pieces(const Simd& simd, const Arrays& arrays, std::int64_t size, const Work& work) {
  parallel_pieces(arrays.queries, size, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
    std::int64_t longest = 0;
    for (std::int64_t row = begin; row < end; ++row)
      longest = std::max<std::int64_t>(longest, arrays.offset[row + 1] - arrays.offset[row]);
    std::vector<float> memory(simd.scratch(arrays, longest) + 16);
    float* scratch = memory.data();
    while (reinterpret_cast<std::uintptr_t>(scratch) % 64) ++scratch;
    work(piece, begin, end, longest, scratch);
  });
}

}  // namespace treewalk
