// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/sparse.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/sum.h>

#include "core/attention/row_attention.h"
#include "core/attention/sparse_kernel.h"
#include "core/device/parallel.h"

namespace treewalk {
namespace {

template <class Real>
SparseArrays<Real> arrays_of(const MaskRows& rows, const at::Tensor& value, const at::Tensor& x, std::int64_t heads,
                             bool transposed) {
  const Csr& csr = transposed ? rows.transposed.graph : rows.rows;
  SparseArrays<Real> a;
  a.rows = csr.rows();
  a.heads = static_cast<int>(heads);
  a.width = static_cast<int>(x.size(1) / heads);
  a.value_heads = static_cast<int>(value.size(1));
  a.offset = csr.offset.const_data_ptr<std::int32_t>();
  a.column = csr.column.const_data_ptr<std::int32_t>();
  if (transposed) a.entry = rows.transposed.entry.const_data_ptr<std::int32_t>();
  a.value = value.const_data_ptr<Real>();
  a.x = x.const_data_ptr<Real>();
  return a;
}

template <class Real>
at::Tensor product(const MaskRows& rows, const at::Tensor& value, const at::Tensor& x, std::int64_t heads,
                   bool transposed) {
  auto a = arrays_of<Real>(rows, value, x, heads, transposed);
  const at::Tensor y = at::empty({a.rows, x.size(1)}, x.options());
  a.y = y.mutable_data_ptr<Real>();
  parallel_for_lanes(x.device(), a.rows * heads, SparseRows<Real>(a));
  return y;
}

/// dA of y = A x; of y = A^T x it is that of x and y exchanged.
template <class Real>
at::Tensor value_gradient(const MaskRows& rows, const at::Tensor& value, const at::Tensor& x,
                          const at::Tensor& gradient, std::int64_t heads) {
  auto a = arrays_of<Real>(rows, value, x, heads, false);
  const at::Tensor result = at::empty({value.size(0), heads}, value.options());
  a.y_gradient = gradient.const_data_ptr<Real>();
  a.value_gradient = result.mutable_data_ptr<Real>();
  parallel_for_lanes(x.device(), a.rows * heads, SparseValueGradient<Real>(a));
  return value.size(1) < heads ? result.sum(1, true) : result;
}

}  // namespace

at::Tensor sparse_product(const MaskRows& rows, const at::Tensor& value, const at::Tensor& x, std::int64_t heads,
                          bool transposed) {
  TORCH_CHECK(
      x.dim() == 2 && x.size(1) % heads == 0 && x.size(0) == (transposed ? rows.rows.rows() : rows.rows.columns),
      "sparse_product: x must have a row for each of the matrix's ", transposed ? rows.rows.rows() : rows.rows.columns,
      transposed ? " rows" : " columns", ", got ", x.sizes(), " for ", heads, " heads");
  TORCH_CHECK(
      value.dim() == 2 && value.size(0) == rows.rows.entries() && (value.size(1) == heads || value.size(1) == 1),
      "sparse_product: values must be [", rows.rows.entries(), ",", heads, "] or [", rows.rows.entries(), ",1], got ",
      value.sizes());
  TORCH_CHECK(
      (x.scalar_type() == at::kFloat || x.scalar_type() == at::kDouble) && value.scalar_type() == x.scalar_type(),
      "sparse_product: values and x must be float32 or float64 alike, got ", value.scalar_type(), " and ",
      x.scalar_type());
  TORCH_CHECK(rows.transposed.entry.defined(), "sparse_product: the transpose is needed; call with_transpose() once");
  return typed(x, [&](auto real) {
    using Real = decltype(real);
    const auto a = value.detach().contiguous(), b = x.detach().contiguous();
    return record(product<Real>(rows, a, b, heads, transposed), {value, x}, {a, b}, [=](const Gradients& of) {
      Tensors result(2);
      if (of.wanted(0))
        result[0] = transposed ? value_gradient<Real>(rows, a, of[0], b, heads)
                               : value_gradient<Real>(rows, a, b, of[0], heads);
      if (of.wanted(1)) result[1] = product<Real>(rows, a, of[0], heads, !transposed);
      return result;
    });
  });
}

}  // namespace treewalk
