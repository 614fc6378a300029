// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/walks/walk_graph.h"

namespace treewalk {

/// How the powers of W are estimated: graph random features (Reid et al., "Linear Transformer Topological Masking with
/// Graph Random Features", ICLR 2025; "General Graph Random Features", ICLR 2024), or computed.
struct WalkOptions {
  /// No walks: every power by spreading a node's weight along the edges, hop by hop. Exact, unless `frontier` or
  /// `entries` limit it.
  bool powers = false;
  /// Powers: nodes that a hop may reach before the next one starts there; beyond them the least weights are thinned out
  /// so that every power keeps its expectation, with the least variance there is (Fearnhead and Clifford, 2003). Bounds
  /// work to frontier * degree a hop. 0: no limit.
  int frontier = 0;
  /// Any scheme: different nodes that a row may have, thinned out in the same way by sum_t weight[t] (B_t)_iu. 0: no
  /// limit.
  int entries = 0;
  std::vector<double> weight;  ///< [L+1], positive; the f that is expected. Empty: 0.6^t
  int walkers = 16;            ///< from every node
  int hops = 4;                ///< L: longest walk, and highest power; 0 .. 255
  double halt = 0;             ///< probability of halting before each move, 0 <= halt < 1; 0: all walks have L hops
  /// Walkers with odd numbers halt where the one before them is farthest from halting (antithetic termination, Reid et
  /// al., NeurIPS 2023); halt <= 1/2.
  bool antithetic = false;
  /// Walkers from one node that stand at one place leave it by different edges (repelling walks, Reid et al., ICLR
  /// 2024), here by systematic sampling, which takes any number of walkers and any weights.
  bool repelling = true;
  /// Deposits the expectation of every walk's next move instead of walking it (Rao-Blackwell): walks have L - 1 hops.
  bool expected_last_hop = false;
  std::uint64_t seed = 0;

  /// Whether there is nothing random in it.
  bool exact() const { return powers && frontier == 0 && entries == 0; }
};
/// Throws for options outside their range.
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

}  // namespace treewalk
