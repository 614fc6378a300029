// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include "core/geometry/clusters.h"
#include "core/geometry/hierarchy.h"

namespace treewalk {

// Clusters that gradients reach. The assignment itself is hard, in training as in evaluation; gradients go as if a node
// belonged to candidate j with weight [j is its parent] + Q - Q, of which the last Q has none. All results, forward and
// backward, have the same bits for any number of threads; the host waits for nothing.

/// assign_clusters with gradients: share and distance are those of the last round, differentiable in the features and
/// the weight of the input.
struct Assignment {
  at::Tensor parent;    ///< [n] int32
  Csr members;          ///< [m] rows: the nodes of each cluster, ascending
  at::Tensor share;     ///< [n,slots]: Q
  at::Tensor distance;  ///< [n,slots]: |P - Y|^2 / size^2, 0 where a slot is empty
};
Assignment assigned(const Seeds& seeds, const ClusterInput& input);

/// pooled [m,2c], pool_rows of x [n,c] over the assignment's members, as it is. Backward, the means give the share of a
/// node in each of its candidates c <G_c, x - X_c> / members of c, and nothing where there is none. Given back as a
/// tensor with that history too.
at::Tensor with_gradient_of_shares(const at::Tensor& pooled, const at::Tensor& x, const Seeds& seeds,
                                   const Assignment& assignment);

/// Makes the nodes of level + 1 clusters of the level's, and gives them and all levels above the records that follow:
/// number of points, mean position and mean normal of the members, the seeds' own where the members are. `cells`: the
/// hierarchy whose nodes are the seeds.
void take_clusters(const Assignment& assignment, int level, const Hierarchy& cells, Hierarchy& hierarchy);

}  // namespace treewalk
