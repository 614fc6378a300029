// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <vector>

#include "treewalk/structure.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// How powers of a graph's matrix W are found: estimated by random walks, as graph random features ("Linear Transformer
/// Topological Masking with Graph Random Features", ICLR 2025; "General Graph Random Features", ICLR 2024), or
/// computed. Masks for attention are polynomials in W.
struct WalkOptions {
  int hops = 2;  ///< L: the longest walk, and the highest power of W; 0 to 255
  /// f_0 .. f_L: Phi = sum_t f_t W^t. It also says what matters where rows are thinned. Empty: 0.6^t.
  std::vector<double> modulation;
  /// false: the mask is Phi, with W = D^-1 A; any graph. true: Phi Phi^T, with W = D^-1/2 A D^-1/2, a polynomial in W
  /// of twice the degree; for graphs whose edges go both ways, such as united ones.
  bool symmetric = false;
  int walkers = 16;  ///< from every node; 0: no walks, the powers themselves by spreading along the edges, hop by hop
  /// No walks: nodes that a hop may reach before the next one starts there; beyond them the least weights are thinned
  /// out so that every power keeps its expectation, with the least variance there is (Fearnhead and Clifford, 2003).
  /// Bounds work to frontier * degree a hop. 0: no limit.
  int frontier = 0;
  int entries = 0;  ///< different nodes that a row of Phi may have, thinned out in the same way; 0: no limit
  double halt = 0;  ///< probability of halting before each move, below 1; 0: all walks have L hops
  /// Walkers with odd numbers halt where the one before them is farthest from halting (antithetic termination, Reid et
  /// al., NeurIPS 2023); halt <= 0.5.
  bool antithetic = false;
  /// Walkers from one node that stand at one place leave it by different edges (repelling walks, Reid et al., ICLR
  /// 2024), here by systematic sampling, which takes any number of walkers and any weights.
  bool repelling = true;
  /// The expectation of every walk's last move instead of the move (Rao-Blackwell): less variance, more entries.
  bool expected_last_hop = false;
  std::uint64_t seed = 0;  ///< other seeds, other walks

  /// Whether powers are computed instead of walked.
  /// \return whether there are no walkers, or no hops
  bool powers() const { return walkers == 0 || hops == 0; }
  /// Whether there is nothing random in it.
  /// \return whether powers are computed and nothing is thinned
  bool exact() const { return powers() && frontier == 0 && entries == 0; }
};

/// The mask as CSR rows, columns ascending, and what it took.
struct WalkMask {
  std::vector<std::int64_t> offset;  ///< [N+1]
  std::vector<std::int32_t> column;  ///< [E]
  std::vector<float> value;          ///< [E]
  double walk_seconds = 0;           ///< that walking took
  double mask_seconds = 0;           ///< and making the mask of it
  std::int64_t walk_bytes = 0;       ///< of the walks' visits
  std::int64_t mask_bytes = 0;       ///< of the mask
};
/// The mask of a graph, the same for any number of threads. Throws Error for options outside their range, and for an
/// asymmetric graph where `symmetric` is asked for. Nodes that are far apart in the graph's numbering are walked from
/// in an order of its own, so that a node costs about the same in any; which nodes are thinned out depends on it.
/// \param graph N nodes; distances are not used, all edges count alike
/// \param options how it is walked
/// \param threads 0: as many as the machine has cores
/// \return N rows; none for an empty graph
TREEWALK_EXPORT WalkMask walk_mask(const KnnGraphArrays& graph, const WalkOptions& options, int threads = 0);

/// Squared difference of the mask and the polynomial that it estimates, off the diagonal, over the squared polynomial,
/// for `rows` rows spread evenly; 0 for an exact mask but for rounding. The diagonal of Phi Phi^T is biased by nature:
/// the same walks are on both sides.
/// \param graph that the mask was made of
/// \param options with which it was made
/// \param mask what walk_mask gave
/// \param rows how many are compared
/// \return 0 or more
TREEWALK_EXPORT double walk_mask_error(const KnnGraphArrays& graph, const WalkOptions& options, const WalkMask& mask,
                                       std::int64_t rows = 200);

/// @}
}  // namespace treewalk
