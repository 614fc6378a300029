// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/device/in_out.h"
#include "core/geometry/clusters.h"
#include "core/geometry/clusters_kernel.h"

namespace treewalk {

/// The tensors must outlive the arrays: here and below.
inline Candidates candidates_of(const Seeds& seeds) {
  return {in(seeds.home), in(seeds.near.offset), in(seeds.near.column), seeds.slots};
}

/// What bodies read of candidates alone, from both sides.
template <class Real>
void set_candidates(const Seeds& seeds, ClusterArrays<Real>& arrays) {
  static_cast<Candidates&>(arrays) = candidates_of(seeds);
  arrays.homes_offset = in(seeds.homes.offset), arrays.homes_node = in(seeds.homes.column);
  arrays.of_offset = in(seeds.of_near.graph.offset), arrays.of_seed = in(seeds.of_near.graph.column);
  arrays.of_entry = in(seeds.of_near.entry);
}

/// What bodies read in a round.
template <class Real>
ClusterArrays<Real> cluster_arrays(const Seeds& seeds, const ClusterInput& input, const ClusterRound& round) {
  ClusterArrays<Real> arrays{};
  set_candidates(seeds, arrays);
  arrays.node = in(input.node), arrays.seed = in(input.seed);
  if (input.feature.defined()) {
    arrays.feature = in(input.feature), arrays.centre = in(round.feature);
    arrays.width = input.feature.size(1);
  }
  arrays.weight = in(input.weight);
  arrays.offset = in(round.offset);
  return arrays;
}

}  // namespace treewalk
