// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/geometry/graph.h"

namespace treewalk {

// Differentiable operations whose results, forward and backward, have the same bits for any number of threads: work is
// cut into pieces of fixed size and partial sums are added in their order. LibTorch's own linear, layer_norm and sums
// split work by the number of threads on a CPU; on other devices they do not, and are used. float32 or float64,
// contiguous rows, all tensors on one device; the host waits for nothing.

/// x [n,in] times weight [out,in] transposed, plus bias [out] (may be undefined) -> [n,out] in the type of x. Not on
/// the CPU: a weight of a shorter type, such as bfloat16, has the product, forward and backward, computed from numbers
/// rounded to that type (sums stay in float32 until they are rounded too).
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

/// (x - mean) / sqrt(variance + 1e-5) * gain + shift over the last dimension; x [n,c].
at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& gain, const at::Tensor& shift);

/// [ max | mean ] of the rows of x [m,c] that each row of `rows` names -> [n,2c]. Empty rows give zeros; among equal
/// maxima the first takes the gradient.
at::Tensor pool_rows(const at::Tensor& x, const Csr& rows);

/// Rows of x [m,c] by `index` [n] int32 -> [n,c]. `members` lists, for each row of x, the positions in `index` that
/// name it; the backward pass adds them in that order.
at::Tensor unpool_rows(const at::Tensor& x, const at::Tensor& index, const Csr& members);

/// max(x, 0), NaN where x is; the gradient at 0 is 0. Any shape.
at::Tensor rectified(const at::Tensor& x);

/// x + change, of one shape and type.
at::Tensor residual(const at::Tensor& x, const at::Tensor& change);

/// x with each number set to zero with the given probability and the others divided by 1 - probability. Which ones
/// depends on (seed, call) and their place only; the probability is taken in steps of 1/256.
at::Tensor dropout(const at::Tensor& x, double probability, std::uint64_t seed, std::uint64_t call);

/// Cross-entropy of logits [n,c] with target rows [n,c+s] >= 0 (each sums to the row's weight; 0 leaves it out),
/// divided by the sum of all targets. -> scalar; 0 where all targets are 0. The last s columns stand for sets of
/// classes, which the rows of `sets` name: t times -log(sum of the probabilities of the set's classes). No sets: s = 0.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target, const Csr& sets = {});

}  // namespace treewalk
