// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "core/attention/attention_arrays.h"
#include "core/device/tape.h"
#include "core/geometry/graph.h"

// Attention over rows of entries, families' (attention.h) or a mask's (linear_attention.h), on any device.

namespace treewalk {

/// Runs the forward pass for FamilyArrays or MaskedArrays of float or double: fills output and the other results.
template <class Arrays>
void attend(c10::Device device, const Arrays& arrays);
/// Runs the backward passes: fills weight (of masks), product_gradient and all gradients.
template <class Arrays>
void attend_backward(c10::Device device, const Arrays& arrays);

/// work(a number of the type of x), which is float32 or float64.
template <class Work>
auto typed(const at::Tensor& x, const Work& work) {
  return x.scalar_type() == at::kFloat ? work(float()) : work(double());
}

/// The values of a matrix as kernels read it: rows that lie in one piece; they may be columns of a wider matrix.
at::Tensor values_by_row(const at::Tensor& matrix);

/// What attention over rows reads; the tensors must outlive the arrays.
template <class Real>
void set_rows(RowArrays<Real>& arrays, const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
              std::int64_t heads, const Csr& rows);
/// And what its backward pass reads and writes; returns the gradients of query, key and value. product_gradient is made
/// here, and must outlive the arrays as the others must.
template <class Real>
Tensors set_backward(RowArrays<Real>& arrays, const at::Tensor& output, const at::Tensor& output_gradient,
                     const at::Tensor& weight, at::Tensor& product_gradient, const Transposed& transposed);

}  // namespace treewalk
