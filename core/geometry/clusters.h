// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/geometry/graph.h"

// Clusters of nodes around seeds: rounds of differentiable SLIC ("Superpixel Sampling Networks", ECCV 2018) in which a
// node chooses among few seeds near it, so that time and memory grow with the nodes alone.

namespace treewalk {

/// Where the nodes of a level may go: a seed becomes a node of the next level. The candidates of a node, by slot, are
/// the seed that it is at home with, and those beside that one in their order. Tensors lie on one device.
struct Seeds {
  at::Tensor home;     ///< [n] int32: the seed of each node
  Csr homes;           ///< [m] rows: the nodes at home with each seed, ascending
  Csr near;            ///< [m] rows: up to slots - 1 other seeds
  Transposed of_near;  ///< its transpose
  std::int64_t slots = 1;
};
/// Rows of `homes` and `near` that fit; completes the transpose. The host waits for nothing.
Seeds make_seeds(const at::Tensor& home, const Csr& homes, const Csr& near, std::int64_t slots);

/// What nodes are drawn by. With x a node of n points at P with features f, and c a candidate of that size in slot j
/// around Y, F:
///   z_j = - weight[0] |f - F|^2 - weight[1] |P - Y|^2 / size^2 + (j = 0 ? weight[2] : 0),   Q = softmax over j of z.
/// At first Y is where the seed lies and F the mean over its homes; before each further round both are means of all
/// nodes that have c as a candidate, weighted by Q n. Without such a weight Y is the seed's again and F is 0.
struct ClusterInput {
  at::Tensor node, seed;  ///< [n,8], [m,8] float32 node records (node_record.h): positions and numbers of points;
                          ///  of a seed, size
  at::Tensor feature;     ///< [n,d], d up to 64; undefined: none
  at::Tensor weight;      ///< [3] float32 or float64, as the features are, and as everything is computed
  int rounds = 1;
  /// Of nodes in a row, whose homes are intervals: so are the clusters. Where the seed after c lies beside c, the
  /// boundary between them is behind the middle node of the homes of c, and at most before that of the next seed's: the
  /// first place t that maximises the sum of z of c over the nodes before t, and of the next seed from t on.
  bool contiguous = false;
};

/// A round, which a backward pass reads.
struct ClusterRound {
  at::Tensor offset;   ///< [m,3]: of Y from the seed, so that rounding does not depend on where the cloud lies
  at::Tensor feature;  ///< [m,d]: F; undefined without features
  at::Tensor total;    ///< [m]: sum of the weights of these means; undefined at first without features
  at::Tensor share;    ///< [n,slots]: Q, 0 where a slot is empty
};
struct Clusters {
  at::Tensor parent;  ///< [n] int32: the candidate with the highest z of the last round, of equal ones the lowest
                      ///  slot; contiguous: by the boundaries
  std::vector<ClusterRound> round;
};
/// The same bits for any number of threads. last_shares: whether the last round's Q is wanted too; else it is left
/// undefined. The host waits for nothing. No nodes: empty tensors.
Clusters assign_clusters(const Seeds& seeds, const ClusterInput& input, bool last_shares);

/// The members of each of m clusters, ascending. parent [n] int32. The host waits for nothing.
Csr members_of(const at::Tensor& parent, std::int64_t clusters);

}  // namespace treewalk
