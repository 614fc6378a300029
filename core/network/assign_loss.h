// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include "core/network/assign.h"

namespace treewalk {

// Losses that form clusters. Scalars; the same bits for any number of threads; the host waits for nothing.

/// How well clusters tell the labels of their members (the reconstruction loss of "Superpixel Sampling Networks"): with
/// h_u the numbers of labels among a node's points, [n,classes] float, and H_c = sum_u Q_uc h_u / sum_u Q_uc |h_u|,
///   - sum_u <h_u, log(sum_j Q_uj H_j + 1e-4)> / sum_u |h_u|.
/// Without labels 0.
at::Tensor partition_loss(const Seeds& seeds, const Assignment& assignment, const at::Tensor& labels);

/// The labels of the clusters: sums over the members, [m,classes].
at::Tensor labels_of_clusters(const Assignment& assignment, const at::Tensor& labels);

/// How far nodes lie from the centres of their candidates: the mean over nodes of sum_j Q_uj |P - Y_j|^2 / size^2.
/// Without nodes 0.
at::Tensor compact_loss(const Assignment& assignment);

/// How far neighbours are from being those of one cluster (DiffPool's link loss, as Sequoia has it, in linear time):
/// with S the hard assignment, B the graph with its diagonal and E its entries,
///   (E - 2 sum over (u,v) in B of <S_u, S_v> + sum of members squared) / E,
/// of which gradients reach Q by S = [parent] + Q - Q. Without nodes 0.
at::Tensor link_loss(const Seeds& seeds, const Assignment& assignment, const Csr& graph);

}  // namespace treewalk
