// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/geometry/node_record.h"

namespace treewalk {

/// What the attention kernels read and write, as raw pointers; shapes as in attention.h, row-major. query, key and
/// value may be columns of wider matrices: their rows begin *_stride numbers apart. All else is contiguous. Only data:
/// files compiled for different instruction sets share it, so nothing here may become code.
template <class Real>
struct AttentionArrays {
  std::int64_t queries = 0, keys = 0, first_query = 0, first_key = 0;
  int heads = 1, width = 0, relations = 0;  ///< width: channels of a head
  std::int64_t query_stride = 0, key_stride = 0, value_stride = 0;
  Real scale = 0;  ///< 1 / sqrt(width)
  const Real *query = nullptr, *key = nullptr, *value = nullptr, *position_query = nullptr;
  const Real *relation_slope = nullptr, *relation_bias = nullptr;
  const float *node = nullptr, *relation_scale = nullptr;
  const std::int32_t *offset = nullptr, *column = nullptr;
  const std::uint8_t* relation = nullptr;
  /// By key: query and entry of each transposed entry.
  const std::int32_t *key_offset = nullptr, *key_query = nullptr, *key_entry = nullptr;

  // Results of the forward pass, read by the backward pass.
  Real *output = nullptr, *geometry_sum = nullptr;
  Real* probability = nullptr;  ///< [E,H]; not written where null

  // Backward pass.
  const Real *output_gradient = nullptr, *geometry_gradient = nullptr;
  Real* logit_gradient = nullptr;  ///< [E,H], written by row, read by key
  Real *query_gradient = nullptr, *key_gradient = nullptr, *value_gradient = nullptr;
  Real* position_gradient = nullptr;
  Real* relation_partial = nullptr;  ///< [pieces of rows, R, H, 8]: slope (6), bias, unused; added in order afterwards
};

/// Rows per partial sum of the relation gradients: fixed, so that no bit depends on the number of threads.
constexpr std::int64_t kAttentionPiece = 256;
/// Numbers of edge geometry, and of a relation's partial sum.
constexpr int kEdgeGeometry = 6, kPartial = 8;

}  // namespace treewalk
