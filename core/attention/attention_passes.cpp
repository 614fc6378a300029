// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/attention_passes.h"

#include "core/attention/attention_kernel.h"
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

}  // namespace

void attend(c10::Device device, const AttentionArrays<float>& arrays) { run_forward(device, arrays); }
void attend(c10::Device device, const AttentionArrays<double>& arrays) { run_forward(device, arrays); }
void attend_backward(c10::Device device, const AttentionArrays<float>& arrays) { run_backward(device, arrays); }
void attend_backward(c10::Device device, const AttentionArrays<double>& arrays) { run_backward(device, arrays); }

}  // namespace treewalk
