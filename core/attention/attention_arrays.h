// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/geometry/node_record.h"

// What the kernels of attention over rows read and write, as raw pointers; shapes as in attention.h and
// linear_attention.h, row-major. Only data: files compiled for different instruction sets share it, so nothing here may
// become code.

namespace treewalk {

/// Attention over rows of entries, whatever else these bring. query, key and value may be columns of wider matrices:
/// their rows begin *_stride numbers apart. All else is contiguous.
template <class Real>
struct RowArrays {
  std::int64_t queries = 0, keys = 0;
  int heads = 1, features = 0, width = 0;  ///< of a head: numbers of queries and keys, channels of values
  std::int64_t query_stride = 0, key_stride = 0, value_stride = 0;
  Real scale = 1;  ///< of the products of queries and keys
  const Real *query = nullptr, *key = nullptr, *value = nullptr;
  const std::int32_t *offset = nullptr, *column = nullptr;
  /// By key: query and entry of each transposed entry.
  const std::int32_t *key_offset = nullptr, *key_query = nullptr, *key_entry = nullptr;
  Real* output = nullptr;
  /// [E,H]: weights of the values, which add up to 1 or nearly. Families: written by the forward pass (not where null)
  /// and read by the backward pass. Masks: written by the backward pass.
  Real* weight = nullptr;

  // Backward pass.
  const Real* output_gradient = nullptr;
  Real* product_gradient = nullptr;  ///< [E,H], of scale * query . key; written by row, read by key
  Real *query_gradient = nullptr, *key_gradient = nullptr, *value_gradient = nullptr;
};

/// Families: entries bring a relation, and the geometry between two nodes.
template <class Real>
struct FamilyArrays : RowArrays<Real> {
  std::int64_t first_query = 0, first_key = 0;
  int relations = 0;
  const Real *position_query = nullptr, *relation_slope = nullptr, *relation_bias = nullptr;
  const float *node = nullptr, *relation_scale = nullptr;
  const std::uint8_t* relation = nullptr;
  Real* geometry_sum = nullptr;

  // Backward pass.
  const Real* geometry_gradient = nullptr;
  Real* position_gradient = nullptr;
  Real* relation_partial = nullptr;  ///< [pieces of rows, R, H, 8]: slope (6), bias, unused; added in order afterwards
};

/// Masks: entries bring a factor.
template <class Real>
struct MaskedArrays : RowArrays<Real> {
  int mask_heads = 1;  ///< heads, or 1 where all heads share one mask
  Real epsilon = 0;
  bool exponential = false;    ///< weights are exp(<q, k>) instead of <q, k>
  const Real* mask = nullptr;  ///< [E,mask_heads]
  // Results of the forward pass, read by the backward pass.
  Real* denominator = nullptr;  ///< [N,H]
  Real* peak = nullptr;         ///< exponential: [N,H], subtracted from a row's products

  Real* mask_gradient = nullptr;  ///< [E,H]; not written where null
};

/// Rows per partial sum of the relation gradients: fixed, so that no bit depends on the number of threads.
constexpr std::int64_t kAttentionPiece = 256;
/// Numbers of edge geometry, and of a relation's partial sum.
constexpr int kEdgeGeometry = 6, kPartial = 8;

}  // namespace treewalk
