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

/// Memory for a piece of rows, aligned to a cache line.
struct Scratch {
  std::vector<float> memory;
  float* begin;
  explicit Scratch(std::int64_t floats) : memory(floats + 16), begin(memory.data()) {
    while (reinterpret_cast<std::uintptr_t>(begin) % 64) ++begin;
  }
};

Scratch scratch_for(const AttentionSimd& simd, const AttentionArrays<float>& arrays, std::int64_t begin,
                    std::int64_t end) {
  std::int64_t longest = 0;
  for (; begin < end; ++begin)
    longest = std::max<std::int64_t>(longest, arrays.offset[begin + 1] - arrays.offset[begin]);
  return Scratch(simd.scratch(arrays, longest));
}

void run_vectors(const AttentionArrays<float>& arrays) {
  const AttentionSimd& simd = simd_for(cpu());
  parallel_pieces(arrays.queries, kAttentionPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    simd.forward(arrays, begin, end, scratch_for(simd, arrays, begin, end).begin);
  });
}

void run_vectors_backward(const AttentionArrays<float>& arrays) {
  const AttentionSimd& simd = simd_for(cpu());
  parallel_pieces(arrays.queries, kAttentionPiece, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
    simd.backward_rows(arrays, piece, begin, end, scratch_for(simd, arrays, begin, end).begin);
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
