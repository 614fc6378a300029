// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include "core/attention/linear_attention.h"

namespace treewalk {

/// Linear attention without a mask (Katharopoulos et al., "Transformers are RNNs", ICML 2020) within groups of rows:
/// group g holds the rows first[g] .. first[g+1] (int32 [groups+1], on the CPU for every device of the rows) of
/// queries, keys and values alike. Linear in the number of rows; a state of H * R * (D + 1) numbers per group.
/// Differentiable in query, key and value. Bit-identical for any number of threads.
at::Tensor global_attention(const LinearInput& input, const at::Tensor& first);

}  // namespace treewalk
