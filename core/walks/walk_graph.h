// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include "core/geometry/graph.h"

namespace treewalk {

/// The matrix W whose powers the walks estimate: a directed graph with edge weights w and out-degrees d_u = sum_v w_uv.
/// A walker at u moves to v with probability w_uv / d_u =: P_uv.
struct WalkGraph {
  /// symmetric: W_uv = w_uv / sqrt(d_u d_v), so W^t_uv = sqrt(d_u / d_v) P^t_uv;  random_walk: W = P.
  enum Normalisation { symmetric, random_walk };

  Csr rows;               ///< [N] x [N]
  at::Tensor weight;      ///< [E] float64, or undefined: all 1
  at::Tensor cumulative;  ///< [E] float64, sums of a row's weights up to and with an entry over d; undefined: all 1
  at::Tensor degree;      ///< [N] float64; 1 instead of 0 for a node without edges, where every walk ends
  /// [N] int32: what the walks' random numbers know a node by; undefined: its row. Graphs that are parts of one (clouds
  /// of a batch) walk as they would alone when each counts its own nodes.
  at::Tensor identity;
  Normalisation normalisation = random_walk;
};

/// On the rows' device; weights are added up on the CPU. weight [E], positive, or undefined: all 1. Throws for a graph
/// that is not square and for weights that are not positive and finite.
WalkGraph make_walk_graph(Csr rows, WalkGraph::Normalisation normalisation, const at::Tensor& weight = {});

}  // namespace treewalk
