// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace treewalk {

/// Sparse rows: the entries of row r are column[offset[r] .. offset[r+1]).
struct Csr {
  at::Tensor offset;  ///< [rows+1] int32, offset[0] = 0
  at::Tensor column;  ///< [E] int32, 0 <= column < columns
  std::int64_t columns = 0;
  std::int64_t rows() const { return offset.size(0) - 1; }
  std::int64_t entries() const { return column.size(0); }
  /// Throws when offsets decrease or a column is out of range.
  void check() const;
};

/// The functions below answer on the graph's device; where the host waits it is once, for the number of entries.

/// The transpose (nothing waits), and for each of its entries the entry of `graph` it came from ([E] int32). Rows are
/// ascending.
struct Transposed {
  Csr graph;
  at::Tensor entry;
};
Transposed transpose(const Csr& graph);

/// Square graphs: edges present in either direction / in both; rows ascending, no duplicates.
Csr unite(const Csr& graph);
Csr mutual(const Csr& graph);

/// The row of each entry, [E] int32; nothing waits.
at::Tensor rows_of_entries(const Csr& graph);

/// The graph of entries (row, column) that are sorted by row, both [E] int32 and within `rows` and `columns`; nothing
/// waits.
Csr rows_of_sorted(const at::Tensor& row, const at::Tensor& column, std::int64_t rows, std::int64_t columns);

/// Without the entries whose column is their row; the others stay in order. The host waits for the number of either
/// list.
Csr without_loops(const Csr& graph);

}  // namespace treewalk
