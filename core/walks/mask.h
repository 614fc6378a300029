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
  /// [N] int64: the entry (i,i), which every row has that has any; 0 for a row that has none.
  at::Tensor diagonal;
};
MaskPattern product_pattern(const Csr& phi);

/// M_h = Phi_h Phi_h^T on the pattern: [E,H] for the values [E_phi,H] of Phi. Differentiable. Sums run over ascending
/// nodes, so they do not depend on the number of threads. (ICLR 2025, Eq. 8.)
at::Tensor mask_product(const Csr& phi, const at::Tensor& value, const MaskPattern& pattern);

/// The products of equal rows of two sparse matrices, [rows,H] for values [E_a,H] and [E_b,H]; columns ascending.
/// Differentiable.
at::Tensor row_products(const Csr& a, const at::Tensor& a_value, const Csr& b, const at::Tensor& b_value);

/// The mask with another diagonal [N,H]. Phi Phi^T has the same walks on both sides of its diagonal, so that it is too
/// large there by the walks' variance; row_products with an independent Phi are not (but need not be positive
/// semidefinite as a whole). Differentiable.
at::Tensor with_diagonal(const at::Tensor& mask, const MaskPattern& pattern, const at::Tensor& diagonal);

}  // namespace treewalk
