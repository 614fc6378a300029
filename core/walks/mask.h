// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include "core/geometry/graph.h"

namespace treewalk {

/// The pattern of Phi Phi^T: rows i with the columns j that share a visited node with i, ascending.
struct MaskPattern {
  Csr rows;           ///< [N] x [N], symmetric
  at::Tensor mirror;  ///< [E] int32: the entry (j,i) of every entry (i,j)
  Transposed factor;  ///< Phi^T
};
MaskPattern product_pattern(const Csr& phi);

/// M_h = Phi_h Phi_h^T on the pattern: [E,H] for the values [E_phi,H] of Phi. Differentiable. Sums run over ascending
/// nodes, so they do not depend on the number of threads. (ICLR 2025, Eq. 8.)
at::Tensor mask_product(const Csr& phi, const at::Tensor& value, const MaskPattern& pattern);

}  // namespace treewalk
