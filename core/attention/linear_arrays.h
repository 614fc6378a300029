// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

namespace treewalk {

/// What the kernels of masked linear attention read and write; shapes as in linear.h, row-major. Only data: files
/// compiled for different instruction sets share it.
template <class Real>
struct LinearArrays {
  std::int64_t queries = 0, keys = 0;
  int heads = 1, features = 0, width = 0;  ///< of a head: features of queries and keys, channels of values
  int mask_heads = 1;                      ///< heads, or 1 where all heads share one mask
  std::int64_t query_stride = 0, key_stride = 0, value_stride = 0;
  Real epsilon = 0;
  bool exponential = false;  ///< weights are exp(<q, k>) instead of <q, k>
  const Real *query = nullptr, *key = nullptr, *value = nullptr, *mask = nullptr;
  const std::int32_t *offset = nullptr, *column = nullptr;
  /// By key: query and entry of each transposed entry.
  const std::int32_t *key_offset = nullptr, *key_query = nullptr, *key_entry = nullptr;

  // Results of the forward pass, read by the backward pass.
  Real *output = nullptr, *denominator = nullptr;  ///< [N,H*D], [N,H]
  Real* peak = nullptr;                            ///< exponential: [N,H], subtracted from a row's products

  // Backward pass.
  const Real* output_gradient = nullptr;
  Real *edge_score = nullptr, *edge_weight = nullptr;  ///< [E,H], written by row, read by key
  Real *query_gradient = nullptr, *key_gradient = nullptr, *value_gradient = nullptr;
  Real* mask_gradient = nullptr;  ///< [E,H]; not written where null
};

}  // namespace treewalk
