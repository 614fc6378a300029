// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/linear.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/sum.h>

#include <array>

#include "core/attention/linear_kernel.h"
#include "core/attention/linear_simd.h"
#include "core/attention/row_pieces.h"
#include "core/device/cpu.h"
#include "core/device/parallel.h"
#include "core/device/tape.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 256;  // rows or keys that a task works on

void check(const LinearInput& in, const MaskRows& mask, const at::Tensor& value) {
  const auto h = in.heads;
  TORCH_CHECK(h >= 1, "masked_attention: heads must be at least 1, got ", h);
  for (const auto* t : {&in.query, &in.key, &in.value})
    TORCH_CHECK(t->dim() == 2 && t->size(1) % h == 0 && t->scalar_type() == in.query.scalar_type(),
                "masked_attention: query, key and value must be matrices of one type, with columns for ", h,
                " heads, got ", t->sizes(), " ", t->scalar_type());
  TORCH_CHECK(in.query.scalar_type() == at::kFloat || in.query.scalar_type() == at::kDouble,
              "masked_attention: float32 or float64 is needed, got ", in.query.scalar_type());
  TORCH_CHECK(in.query.size(0) == mask.rows.rows() && in.key.size(0) == mask.rows.columns &&
                  in.value.size(0) == mask.rows.columns,
              "masked_attention: the mask is [", mask.rows.rows(), ",", mask.rows.columns, "], but there are ",
              in.query.size(0), " queries, ", in.key.size(0), " keys and ", in.value.size(0), " values");
  TORCH_CHECK(in.query.size(1) == in.key.size(1), "masked_attention: query has ", in.query.size(1),
              " features and key ", in.key.size(1));
  TORCH_CHECK(value.dim() == 2 && value.size(0) == mask.rows.entries() && (value.size(1) == h || value.size(1) == 1) &&
                  value.scalar_type() == in.query.scalar_type(),
              "masked_attention: mask values must be [", mask.rows.entries(), ",", h, "] or [", mask.rows.entries(),
              ",1] of the type of query, got ", value.sizes(), " ", value.scalar_type());
}

/// A matrix whose rows lie in one piece; they may be columns of a wider matrix.
at::Tensor with_whole_rows(const at::Tensor& matrix) {
  return matrix.stride(1) == 1 && matrix.stride(0) >= matrix.size(1) ? matrix : matrix.contiguous();
}

template <class Real>
LinearArrays<Real> arrays_of(const LinearInput& in, const Csr& rows, const at::Tensor& mask) {
  LinearArrays<Real> a;
  a.queries = rows.rows();
  a.keys = rows.columns;
  a.heads = static_cast<int>(in.heads);
  a.features = static_cast<int>(in.query.size(1) / in.heads);
  a.width = static_cast<int>(in.value.size(1) / in.heads);
  a.mask_heads = static_cast<int>(mask.size(1));
  a.query_stride = in.query.stride(0);
  a.key_stride = in.key.stride(0);
  a.value_stride = in.value.stride(0);
  a.epsilon = static_cast<Real>(in.epsilon);
  a.exponential = in.exponential;
  a.query = in.query.const_data_ptr<Real>();
  a.key = in.key.const_data_ptr<Real>();
  a.value = in.value.const_data_ptr<Real>();
  a.mask = mask.const_data_ptr<Real>();
  a.offset = rows.offset.const_data_ptr<std::int32_t>();
  a.column = rows.column.const_data_ptr<std::int32_t>();
  return a;
}

template <class Real>
void attend(c10::Device device, const LinearArrays<Real>& a) {
  parallel_for_lanes(device, a.queries * a.heads, LinearForward<Real>(a));
}
template <class Real>
void attend_backward(c10::Device device, const LinearArrays<Real>& a) {
  parallel_for_lanes(device, a.queries * a.heads, LinearBackwardRow<Real>(a));
  parallel_for_lanes(device, a.keys * a.heads, LinearBackwardKey<Real>(a));
}

bool fits_registers(c10::Device device, const LinearArrays<float>& a) {
  return device.is_cpu() && a.features % 4 == 0 && a.width % 4 == 0;
}

void attend(c10::Device device, const LinearArrays<float>& a) {
  if (!fits_registers(device, a)) return attend<float>(device, a);
  const LinearSimd& simd = linear_simd();
  rows_in_pieces(simd, a, kPiece,
                 [&](std::int64_t, std::int64_t begin, std::int64_t end, std::int64_t longest, float* scratch) {
                   simd.forward(a, begin, end, longest, scratch);
                 });
}
void attend_backward(c10::Device device, const LinearArrays<float>& a) {
  if (!fits_registers(device, a)) return attend_backward<float>(device, a);
  const LinearSimd& simd = linear_simd();
  rows_in_pieces(simd, a, kPiece,
                 [&](std::int64_t, std::int64_t begin, std::int64_t end, std::int64_t longest, float* scratch) {
                   simd.backward_rows(a, begin, end, longest, scratch);
                 });
  parallel_pieces(a.keys, kPiece,
                  [&](std::int64_t, std::int64_t begin, std::int64_t end) { simd.backward_keys(a, begin, end); });
}

template <class Work>
auto typed(const at::Tensor& x, const Work& work) {
  return x.scalar_type() == at::kFloat ? work(float()) : work(double());
}

struct Result {
  at::Tensor output, denominator, peak;
};

template <class Real>
Result run(const LinearInput& in, const Csr& rows, const at::Tensor& mask) {
  auto a = arrays_of<Real>(in, rows, mask);
  const Result result{at::empty({a.queries, in.value.size(1)}, in.query.options()),
                      at::empty({a.queries, in.heads}, in.query.options()),
                      at::empty({in.exponential ? a.queries : 0, in.heads}, in.query.options())};
  a.peak = result.peak.mutable_data_ptr<Real>();
  a.output = result.output.mutable_data_ptr<Real>();
  a.denominator = result.denominator.mutable_data_ptr<Real>();
  attend(in.query.device(), a);
  return result;
}

/// Gradients of query, key, value and mask.
template <class Real>
Tensors run_backward(const LinearInput& in, const MaskRows& rows, const at::Tensor& mask, const Result& result,
                     const at::Tensor& gradient, bool mask_gradient) {
  auto a = arrays_of<Real>(in, rows.rows, mask);
  const auto options = in.query.options();
  const at::Tensor query = at::empty({a.queries, in.query.size(1)}, options),
                   key = at::empty({a.keys, in.key.size(1)}, options),
                   value = at::empty({a.keys, in.value.size(1)}, options);
  const at::Tensor score = at::empty({rows.rows.entries(), in.heads}, options),
                   weight = at::empty({rows.rows.entries(), in.heads}, options);
  at::Tensor of_mask;
  if (mask_gradient) of_mask = at::empty({rows.rows.entries(), in.heads}, options);
  a.output = result.output.mutable_data_ptr<Real>();
  a.denominator = result.denominator.mutable_data_ptr<Real>();
  a.peak = result.peak.mutable_data_ptr<Real>();
  a.output_gradient = gradient.const_data_ptr<Real>();
  a.edge_score = score.mutable_data_ptr<Real>();
  a.edge_weight = weight.mutable_data_ptr<Real>();
  a.query_gradient = query.mutable_data_ptr<Real>();
  a.key_gradient = key.mutable_data_ptr<Real>();
  a.value_gradient = value.mutable_data_ptr<Real>();
  if (mask_gradient) a.mask_gradient = of_mask.mutable_data_ptr<Real>();
  a.key_offset = rows.transposed.graph.offset.const_data_ptr<std::int32_t>();
  a.key_query = rows.transposed.graph.column.const_data_ptr<std::int32_t>();
  a.key_entry = rows.transposed.entry.const_data_ptr<std::int32_t>();
  attend_backward(in.query.device(), a);
  if (mask_gradient && mask.size(1) < in.heads) of_mask = of_mask.sum(1, true);
  return {query, key, value, of_mask};
}

}  // namespace

const LinearSimd& linear_simd() {
#ifdef __x86_64__
  if (cpu() == Cpu::kAvx512) return kLinearAvx512;
  if (cpu() == Cpu::kAvx2) return kLinearAvx2;
#endif
  return kLinearBaseline;
}

MaskRows with_transpose(MaskRows mask) {
  mask.transposed = transpose(mask.rows);
  return mask;
}

at::Tensor masked_attention(const LinearInput& in, const MaskRows& rows, const at::Tensor& mask) {
  check(in, rows, mask);
  const std::array<at::Tensor, 4> inputs{in.query, in.key, in.value, mask};
  TORCH_CHECK(!is_recorded(inputs) || rows.transposed.entry.defined(),
              "masked_attention: gradients need the transpose; call with_transpose() once for these rows");
  const LinearInput values{with_whole_rows(in.query.detach()),
                           with_whole_rows(in.key.detach()),
                           with_whole_rows(in.value.detach()),
                           in.heads,
                           in.epsilon,
                           in.exponential};
  const auto m = mask.detach().contiguous();
  return typed(in.query, [&](auto real) {
    using Real = decltype(real);
    const auto result = run<Real>(values, rows.rows, m);
    return record(
        result.output, inputs, {values.query, values.key, values.value, m, result.output},
        [=](const Gradients& of) { return run_backward<Real>(values, rows, m, result, of[0], of.wanted(3)); });
  });
}

}  // namespace treewalk
