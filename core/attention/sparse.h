// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include "core/attention/linear_attention.h"

namespace treewalk {

/// y_h(i) = sum_j A_h(i,j) x_h(j) for x [m,H*C] and the values [E,H] or [E,1] of A on the pattern of rows, which must
/// have its transpose. transposed: with A^T instead. Differentiable in value and x; the order of sums is fixed.
at::Tensor sparse_product(const MaskRows& rows, const at::Tensor& value, const at::Tensor& x, std::int64_t heads,
                          bool transposed = false);

}  // namespace treewalk
