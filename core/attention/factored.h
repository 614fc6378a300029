// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/attention/linear_attention.h"

namespace treewalk {

// Masked linear attention without the mask's entries, for masks that are too dense to hold: the mask is applied to
// key (x) [value, 1], `chunk` of the R features at a time. Memory is N * H * chunk * (D + 1), in the backward pass too,
// which computes every chunk again; the result does not depend on the chunk but for rounding.

/// Under Phi Phi^T by two sparse products (ICLR 2025, Alg. 1): phi [E,H] or [E,1] on the pattern of rows.
/// Differentiable in query, key, value and phi.
at::Tensor factored_attention(const LinearInput& input, const MaskRows& rows, const at::Tensor& phi,
                              std::int64_t chunk = 4);

}  // namespace treewalk
