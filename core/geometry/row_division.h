// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry/row_tree.h"

namespace treewalk {

/// How the space of rows is cut into leaves.
template <class T>
struct RowDivision {
  std::vector<RowNode<T>> node;      ///< the first is the root; a left child follows its parent
  std::vector<std::uint32_t> order;  ///< [rows] leaf by leaf
  std::vector<std::uint32_t> first;  ///< [leaves+1] into `order`
  std::int64_t depth = 0;            ///< cuts on the longest way to a leaf
};

/// Cuts rows [rows,columns], finite, at least one of each, into leaves of at most `most` rows: always across the
/// longest side of a part's box, in the middle of it, or at the nearest row where one side would be empty (nanoflann's
/// way).
RowDivision<float> cut_rows(const float* row, std::int64_t rows, std::int64_t columns, std::int64_t most);
RowDivision<double> cut_rows(const double* row, std::int64_t rows, std::int64_t columns, std::int64_t most);

/// The same for many rows in less time, by several threads: a sample of them is cut into parts first, and then each
/// part. The result does not depend on the number of threads.
template <class T>
RowDivision<T> divide_rows(const T* row, std::int64_t rows, std::int64_t columns, std::int64_t most);

}  // namespace treewalk
