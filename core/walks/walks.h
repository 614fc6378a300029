// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/walks/walk_graph.h"
#include "treewalk/walks.h"

namespace treewalk {

/// Throws for options outside their range. Of a graph that is walked on, `symmetric` is the graph's own.
void check(const WalkOptions& options);

/// Estimates B_t of W^t for t = 0 .. L, E[B_t] = W^t, all on one sparsity pattern. Entry e of row i and column u has
/// parts, one per hop t at which u was reached, hops ascending:
///   (B_t)_iu = scale[t] * boundary * value[part],  boundary = sqrt(d_i / d_u) for a symmetric W, else 1.
/// Loads need not be carried along the walks: W_uv / P_uv telescopes to the boundary, and what is left of the
/// importance weights is (1 - halt)^-t. Of plain walks `value` counts visits.
struct WalkBasis {
  Csr rows;                   ///< [N] x [N], columns ascending
  at::Tensor part;            ///< [E+1] int32
  at::Tensor hop;             ///< [parts] uint8
  at::Tensor value;           ///< [parts] float64
  std::vector<double> scale;  ///< [L+1]
  at::Tensor degree;          ///< [N] float64, d
  bool symmetric = false;     ///< whether the boundary factor applies
  int hops() const { return static_cast<int>(scale.size()) - 1; }
};

/// Depends on the graph and the options alone: bit-identical for any number of threads. Time and memory are linear in
/// the number of nodes. A graph without nodes gives no rows.
WalkBasis walk_basis(const WalkGraph& graph, const WalkOptions& options);
/// The same bits by the algorithm that devices run: visits are gathered in long lists and sorted.
WalkBasis walk_basis_by_sorting(const WalkGraph& graph, const WalkOptions& options);

/// The diagonals of W, W^2 .. W^hops, [N,hops] float64: how probable a walk from each node is back there after each
/// hop, 1 to 510. The graph lies on the CPU, its edges go both ways and weigh the same either way. The same bits for
/// any number of threads; a graph without nodes gives no rows. A thread needs 8 bytes for each node of the graph, and
/// up to 8 (hops + 3) for each that half as many hops reach.
at::Tensor returns_of_walks(const WalkGraph& graph, int hops);

}  // namespace treewalk
