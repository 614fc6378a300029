// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/attention_passes.h"

#include <algorithm>
#include <vector>

#include "core/attention/attention_kernel.h"
#include "core/attention/attention_simd.h"
#include "core/device/cpu.h"
#include "core/device/parallel.h"

namespace treewalk {
namespace {

template <class Real>
void run_forward(c10::Device device, const AttentionArrays<Real>& arrays) {
  parallel_for_lanes(device, arrays.queries * arrays.heads, AttentionForward<Real>(arrays));
}

template <class Real>
void run_backward(c10::Device device, const AttentionArrays<Real>& arrays) {
  const std::int64_t pieces = (arrays.queries + kAttentionPiece - 1) / kAttentionPiece;
  parallel_for_lanes(device, arrays.queries * arrays.heads, AttentionBackwardRow<Real>(arrays));
  parallel_for_lanes(device, pieces * arrays.heads, AttentionBackwardRelation<Real>(arrays));
  parallel_for_lanes(device, arrays.keys * arrays.heads, AttentionBackwardKey<Real>(arrays));
}

const AttentionSimd& simd_for(Cpu cpu) {
#ifdef __x86_64__
  if (cpu == Cpu::kAvx512) return kAttentionAvx512;
  if (cpu == Cpu::kAvx2) return kAttentionAvx2;
#endif
  (void)cpu;
  return kAttentionBaseline;
}

/// A piece of rows: entries of its longest, and memory to work in, aligned to a cache line.
struct Piece {
  std::int64_t longest = 0;
  std::vector<float> memory;
  float* scratch = nullptr;

  Piece(const AttentionSimd& simd, const AttentionArrays<float>& arrays, std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      longest = std::max<std::int64_t>(longest, arrays.offset[row + 1] - arrays.offset[row]);
    memory.resize(simd.scratch(arrays, longest) + 16);
    scratch = memory.data();
    while (reinterpret_cast<std::uintptr_t>(scratch) % 64) ++scratch;
  }
};

void run_vectors(const AttentionArrays<float>& arrays) {
  const AttentionSimd& simd = simd_for(cpu());
  parallel_pieces(arrays.queries, kAttentionPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    const Piece memory(simd, arrays, begin, end);
    simd.forward(arrays, begin, end, memory.longest, memory.scratch);
  });
}

void run_vectors_backward(const AttentionArrays<float>& arrays) {
  const AttentionSimd& simd = simd_for(cpu());
  parallel_pieces(arrays.queries, kAttentionPiece, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
    const Piece memory(simd, arrays, begin, end);
    simd.backward_rows(arrays, piece, begin, end, memory.longest, memory.scratch);
  });
  parallel_pieces(arrays.keys, kAttentionPiece,
                  [&](std::int64_t, std::int64_t begin, std::int64_t end) { simd.backward_keys(arrays, begin, end); });
}

}  // namespace

void attend(c10::Device device, const AttentionArrays<float>& arrays) {
  device.is_cpu() ? run_vectors(arrays) : run_forward(device, arrays);
}
void attend(c10::Device device, const AttentionArrays<double>& arrays) { run_forward(device, arrays); }
void attend_backward(c10::Device device, const AttentionArrays<float>& arrays) {
  device.is_cpu() ? run_vectors_backward(arrays) : run_backward(device, arrays);
}
void attend_backward(c10::Device device, const AttentionArrays<double>& arrays) { run_backward(device, arrays); }

}  // namespace treewalk
