// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/row_attention.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "core/attention/attention_simd.h"
#include "core/attention/row_attention_bodies.h"
#include "core/device/cpu.h"
#include "core/device/parallel.h"

namespace treewalk {
namespace {

const RowSimd<FamilyArrays<float>>& simd_for(const FamilyArrays<float>&) { return attention_simd().family; }
const RowSimd<MaskedArrays<float>>& simd_for(const MaskedArrays<float>&) { return attention_simd().masked; }

/// work(piece, rows, scratch memory aligned to a cache line) for pieces of rows, on the CPU.
template <class Arrays, class Work>
void row_pieces(const RowSimd<Arrays>& simd, const Arrays& a, const Work& work) {
  parallel_pieces(a.queries, kAttentionPiece, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
    RowsOfPiece rows{piece, begin, end};
    for (std::int64_t row = begin; row < end; ++row)
      rows.longest = std::max<std::int64_t>(rows.longest, a.offset[row + 1] - a.offset[row]);
    std::vector<float> memory(simd.scratch(a, rows.longest) + 16);
    float* scratch = memory.data();
    while (reinterpret_cast<std::uintptr_t>(scratch) % 64) ++scratch;
    work(rows, scratch);
  });
}

template <class Arrays>
constexpr bool kFloats = std::is_base_of_v<RowArrays<float>, Arrays>;

/// Whether vector registers take the arrays.
bool fits_registers(c10::Device device, const RowArrays<float>& a) {
  return device.is_cpu() && a.features % 4 == 0 && a.width % 4 == 0;
}

}  // namespace

template <class Arrays>
void attend(c10::Device device, const Arrays& a) {
  if constexpr (kFloats<Arrays>) {
    if (fits_registers(device, a)) {
      const auto& simd = simd_for(a);
      return row_pieces(simd, a, [&](const RowsOfPiece& rows, float* scratch) { simd.forward(a, rows, scratch); });
    }
  }
  with_fixed_width(a, [&](auto width) {
    run_forward_bodies<decltype(width)::value>(
        a, [&](std::int64_t items, const auto& body) { parallel_for_lanes(device, items, body); });
  });
}

template <class Arrays>
void attend_backward(c10::Device device, const Arrays& a) {
  if constexpr (kFloats<Arrays>) {
    if (fits_registers(device, a)) {
      const auto& simd = simd_for(a);
      row_pieces(simd, a, [&](const RowsOfPiece& rows, float* scratch) { simd.backward(a, rows, scratch); });
      return parallel_pieces(a.keys, kAttentionPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
        attention_simd().backward_keys(a, begin, end);
      });
    }
  }
  with_fixed_width(a, [&](auto width) {
    run_backward_bodies<decltype(width)::value>(
        a, [&](std::int64_t items, const auto& body) { parallel_for_lanes(device, items, body); });
  });
}

template void attend(c10::Device, const FamilyArrays<float>&);
template void attend(c10::Device, const FamilyArrays<double>&);
template void attend(c10::Device, const MaskedArrays<float>&);
template void attend(c10::Device, const MaskedArrays<double>&);
template void attend_backward(c10::Device, const FamilyArrays<float>&);
template void attend_backward(c10::Device, const FamilyArrays<double>&);
template void attend_backward(c10::Device, const MaskedArrays<float>&);
template void attend_backward(c10::Device, const MaskedArrays<double>&);

at::Tensor values_by_row(const at::Tensor& matrix) {
  const at::Tensor values = matrix.detach();
  return values.stride(1) == 1 && values.stride(0) >= values.size(1) ? values : values.contiguous();
}

template <class Real>
void set_rows(RowArrays<Real>& a, const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
              std::int64_t heads, const Csr& rows) {
  a.queries = rows.rows();
  a.keys = rows.columns;
  a.heads = static_cast<int>(heads);
  a.features = static_cast<int>(query.size(1) / heads);
  a.width = static_cast<int>(value.size(1) / heads);
  a.query_stride = query.stride(0);
  a.key_stride = key.stride(0);
  a.value_stride = value.stride(0);
  a.query = query.const_data_ptr<Real>();
  a.key = key.const_data_ptr<Real>();
  a.value = value.const_data_ptr<Real>();
  a.offset = rows.offset.const_data_ptr<std::int32_t>();
  a.column = rows.column.const_data_ptr<std::int32_t>();
}

template <class Real>
Tensors set_backward(RowArrays<Real>& a, const at::Tensor& output, const at::Tensor& output_gradient,
                     const at::Tensor& weight, at::Tensor& product_gradient, const Transposed& transposed) {
  const auto options = output.options();
  const Tensors gradients{at::empty({a.queries, a.heads * a.features}, options),
                          at::empty({a.keys, a.heads * a.features}, options),
                          at::empty({a.keys, a.heads * a.width}, options)};
  product_gradient = at::empty_like(weight);  // last: what is freed first lies on top, where others take its place
  a.output = output.mutable_data_ptr<Real>();
  a.output_gradient = output_gradient.const_data_ptr<Real>();
  a.weight = weight.mutable_data_ptr<Real>();
  a.product_gradient = product_gradient.mutable_data_ptr<Real>();
  a.query_gradient = gradients[0].mutable_data_ptr<Real>();
  a.key_gradient = gradients[1].mutable_data_ptr<Real>();
  a.value_gradient = gradients[2].mutable_data_ptr<Real>();
  a.key_offset = transposed.graph.offset.const_data_ptr<std::int32_t>();
  a.key_query = transposed.graph.column.const_data_ptr<std::int32_t>();
  a.key_entry = transposed.entry.const_data_ptr<std::int32_t>();
  return gradients;
}

const AttentionSimd& attention_simd() { return choose(kAttentionBaseline, kAttentionAvx2, kAttentionAvx512); }

template void set_rows(RowArrays<float>&, const at::Tensor&, const at::Tensor&, const at::Tensor&, std::int64_t,
                       const Csr&);
template void set_rows(RowArrays<double>&, const at::Tensor&, const at::Tensor&, const at::Tensor&, std::int64_t,
                       const Csr&);
template Tensors set_backward(RowArrays<float>&, const at::Tensor&, const at::Tensor&, const at::Tensor&, at::Tensor&,
                              const Transposed&);
template Tensors set_backward(RowArrays<double>&, const at::Tensor&, const at::Tensor&, const at::Tensor&, at::Tensor&,
                              const Transposed&);

}  // namespace treewalk
