// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/attention_passes.h"

#include "core/attention/attention_bodies.h"
#include "core/attention/attention_simd.h"
#include "core/attention/row_pieces.h"
#include "core/device/cpu.h"
#include "core/device/parallel.h"

namespace treewalk {
namespace {

template <class Real>
void run_forward(c10::Device device, const AttentionArrays<Real>& arrays) {
  run_forward_bodies(arrays, [&](std::int64_t items, const auto& body) { parallel_for_lanes(device, items, body); });
}

template <class Real>
void run_backward(c10::Device device, const AttentionArrays<Real>& arrays) {
  run_backward_bodies(arrays, [&](std::int64_t items, const auto& body) { parallel_for_lanes(device, items, body); });
}

const AttentionSimd& simd_for(Cpu cpu) {
#ifdef __x86_64__
  if (cpu == Cpu::kAvx512) return kAttentionAvx512;
  if (cpu == Cpu::kAvx2) return kAttentionAvx2;
#endif
  (void)cpu;
  return kAttentionBaseline;
}

void run_vectors(const AttentionArrays<float>& arrays) {
  const AttentionSimd& simd = simd_for(cpu());
  rows_in_pieces(simd, arrays, kAttentionPiece,
                 [&](std::int64_t, std::int64_t begin, std::int64_t end, std::int64_t longest, float* scratch) {
                   simd.forward(arrays, begin, end, longest, scratch);
                 });
}

void run_vectors_backward(const AttentionArrays<float>& arrays) {
  const AttentionSimd& simd = simd_for(cpu());
  rows_in_pieces(simd, arrays, kAttentionPiece,
                 [&](std::int64_t piece, std::int64_t begin, std::int64_t end, std::int64_t longest, float* scratch) {
                   simd.backward_rows(arrays, piece, begin, end, longest, scratch);
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
