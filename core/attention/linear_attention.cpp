// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/linear_attention.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/sum.h>

#include <array>

#include "core/attention/row_attention.h"

namespace treewalk {
namespace {

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

template <class Real>
MaskedArrays<Real> arrays_of(const LinearInput& in, const Csr& rows, const at::Tensor& mask) {
  MaskedArrays<Real> a;
  set_rows(a, in.query, in.key, in.value, in.heads, rows);
  a.mask_heads = static_cast<int>(mask.size(1));
  a.epsilon = in.exponential ? Real(0) : static_cast<Real>(in.epsilon);
  a.exponential = in.exponential;
  a.mask = mask.const_data_ptr<Real>();
  return a;
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
                     const at::Tensor& gradient, bool mask_wanted) {
  auto a = arrays_of<Real>(in, rows.rows, mask);
  const auto for_entries = [&] { return at::empty({rows.rows.entries(), in.heads}, in.query.options()); };
  const at::Tensor weight = for_entries();
  at::Tensor product_gradient, of_mask = mask_wanted ? for_entries() : at::Tensor();
  Tensors gradients = set_backward(a, result.output, gradient, weight, product_gradient, rows.transposed);
  a.denominator = result.denominator.mutable_data_ptr<Real>();
  a.peak = result.peak.mutable_data_ptr<Real>();
  if (mask_wanted) a.mask_gradient = of_mask.mutable_data_ptr<Real>();
  attend_backward(in.query.device(), a);
  gradients.push_back(mask_wanted && mask.size(1) < in.heads ? of_mask.sum(1, true) : of_mask);
  return gradients;
}

}  // namespace

MaskRows with_transpose(MaskRows mask) {
  mask.transposed = transpose(mask.rows);
  return mask;
}

at::Tensor masked_attention(const LinearInput& in, const MaskRows& rows, const at::Tensor& mask) {
  check(in, rows, mask);
  const std::array<at::Tensor, 4> inputs{in.query, in.key, in.value, mask};
  TORCH_CHECK(!is_recorded(inputs) || rows.transposed.entry.defined(),
              "masked_attention: gradients need the transpose; call with_transpose() once for these rows");
  const LinearInput values{
      values_by_row(in.query), values_by_row(in.key), values_by_row(in.value), in.heads, in.epsilon, in.exponential};
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
