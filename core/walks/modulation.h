// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/walks/walks.h"

namespace treewalk {

/// Phi_h = sum_t f_h,t B_t on the pattern of basis.rows: values [E, H] for f [H, L+1], float32 or float64 as f is.
/// Differentiable in f. Deterministic. (ICLR 2025, Alg. 1; the walks are kept, f may change.)
at::Tensor modulated(const WalkBasis& basis, const at::Tensor& f);

/// alpha with alpha_k = sum_{p <= k} f_p f_{k-p}: the polynomial of the mask Phi Phi^T of a symmetric W, 2 L + 1
/// coefficients (ICLR 2025, Lemma 3.1).
std::vector<double> convolved(const std::vector<double>& f);

}  // namespace treewalk
