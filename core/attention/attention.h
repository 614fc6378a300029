// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/attention/attention_arrays.h"
#include "core/geometry/graph.h"

// The attention of a node over its family, that is itself, its siblings, its children and its ancestors in a hierarchy:
// Sequoia ("Scalable Hierarchical Self-Attention with Learnable Hierarchy for Long-Range Interactions", TMLR 2024). The
// paper gives algorithms; the equations here have the numbers of docs/how_it_works.md.

namespace treewalk {

/// Whom each query attends to: row u holds its keys, each with a relation.
struct AttentionRows {
  Csr rows;                      ///< [n queries] x [m keys]
  at::Tensor relation;           ///< [E] uint8, index into relation_bias / relation_slope / relation_scale
  Transposed transposed;         ///< filled by with_transpose(), needed for the backward pass only
  std::int64_t first_query = 0;  ///< node of query 0: query u is node first_query + u
  std::int64_t first_key = 0;    ///< node of key 0: key v is node first_key + v
  /// [E], of the query's type, or undefined: weights of the entries, that is factors on exp(logit) in (4), of which
  /// only the gradients are asked for. Their values must be 1, as those of straight-through weights are, and are not
  /// read.
  at::Tensor entry_weight;
};
AttentionRows with_transpose(AttentionRows rows);
/// The rows [begin, end) alone, 0 <= begin <= end <= n, as those of queries 0 .. end - begin: shares all memory.
/// Without what the backward pass needs.
AttentionRows part_of(const AttentionRows& rows, std::int64_t begin, std::int64_t end);

/// Edge geometry of query u and key v at nodes x, y with delta = position_y - position_x, s = size_x,
/// a = s * relation_scale[relation]:
///   g = ( delta / a (3), |delta| / a, clip(normal_y . delta / s, -4, 4), normal_x . normal_y - 1 );    (2)
/// all zero when u and v are the same node.
///
/// Attention over rows:
///   logit_h(u,v) = q_h(u).k_h(v) / sqrt(D) + g.(position_query_h(u) + relation_slope[r,h]) + relation_bias[r,h]    (3)
///   a_h(u,.)     = softmax over the entries of row u    (4)
///   output_h(u)  = sum_v a_h(u,v) value_h(v)   [n, H*D]    (5)
///   offset_h(u)  = sum_v a_h(u,v) g(u,v)       [n, H*kEdgeGeometry]
/// query [n,H*D], key, value [m,H*D], position_query [n,H*P], relation_slope [R,H*P], relation_bias [R,H],
/// node [M,8] float32 without gradient, relation_scale [R]. float32 (any D a multiple of 4; 16 and 32 are fastest) or
/// float64 (for gradient checks). query, key and value may be columns of wider matrices (narrow): no copy is made. A
/// row without entries gives zeros. Differentiable in the first six and in rows.entry_weight, whose gradient is that of
/// the logits, summed over heads. Deterministic: bit-identical for any number of threads. Nothing of size E x H*D is
/// stored.
struct AttentionInput {
  at::Tensor query, key, value, position_query, relation_slope, relation_bias;
  at::Tensor node, relation_scale;
  std::int64_t heads = 1;
};
struct AttentionOutput {
  at::Tensor output, offset;
};
AttentionOutput attention(const AttentionInput& input, const AttentionRows& rows);

}  // namespace treewalk
