// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

namespace treewalk {

/// Rows of a block: their numbers lie side by side, column by column.
constexpr int kRowLanes = 16;
/// In places without a row.
constexpr std::uint32_t kNoRow = 0xffffffffu;

/// One cut of the space. The left child is the next node.
template <class T>
struct RowNode {
  T low, high;          ///< the largest value on the left, and the least on the right
  std::int32_t column;  ///< which is cut; -1 for a leaf
  std::uint32_t next;   ///< the right child, or the number of the leaf
};

/// Rows of numbers in leaves of a few blocks, cut by planes; T is float or double. Every leaf starts a block, whose
/// unused places hold infinity.
template <class T>
struct RowTree {
  std::int64_t columns = 0;
  std::int64_t padded = 0;  ///< columns of boxes and queries: a multiple of 16; zeros stand in those that are not used
  std::uint32_t leaves = 0;
  const RowNode<T>* node = nullptr;       ///< the first is the root
  const T* bounds = nullptr;              ///< [2][padded] least and largest values of all rows
  const T* box = nullptr;                 ///< [leaves][2][padded] the same for each leaf
  const std::uint32_t* first = nullptr;   ///< [leaves+1] blocks
  const T* block = nullptr;               ///< [blocks][columns][16]
  const std::uint32_t* lowest = nullptr;  ///< [leaves] the lowest name
  const std::uint32_t* name = nullptr;    ///< [blocks][16] what a row is called, which also decides between equal ones
  /// What a bound is multiplied by, and what is then taken off it, so that it is not above the squared distance that is
  /// computed for any row behind it, whatever was rounded in both (row_index.cpp).
  double share = 1, slack = 0;
};

/// The leaf of the rows around a query [columns]. Static: files for different instruction sets must not share it.
template <class T>
static inline std::uint32_t leaf_around(const RowTree<T>& tree, const T* query) {
  const RowNode<T>* node = tree.node;
  while (node->column >= 0) {
    const double at = query[node->column];
    node = (at - node->low) + (at - node->high) < 0 ? node + 1 : tree.node + node->next;
  }
  return node->next;
}

/// Queries for the k nearest rows.
template <class T>
struct RowTask {
  RowTree<T> tree;
  bool scan = false;         ///< looks at all leaves in their order, several queries together, not down the cuts
  const T* query = nullptr;  ///< [M,padded]
  std::int64_t k = 0;
  T most = __FLT_MAX__;               ///< rows at larger squared distances are not found
  std::int32_t* index = nullptr;      ///< [M,k] -1 where none is left
  float* distance = nullptr;          ///< [M,k]
  void* list = nullptr;               ///< room for kRowTile lists of k
  double* gap = nullptr;              ///< room for `columns` numbers
  std::int64_t* looked_at = nullptr;  ///< null, or where the leaves that were looked at are counted
};
/// Queries that scan together, so that rows are read once for all of them.
constexpr std::int64_t kRowTile = 8;
/// Bytes that one place of a list takes.
template <class T>
constexpr std::int64_t kListBytes = sizeof(T) == 4 ? 8 : 16;

/// Who takes the rows within a radius, some at a time.
template <class T>
struct FoundRows {
  void* self = nullptr;
  void (*add)(void* self, const T* distance, const std::uint32_t* name, std::int64_t count) = nullptr;
};

// Squared distances are summed from the first column to the last, each product rounded before it is added. The forms
// differ in speed only.
template <class T>
using NearestRows = void(const RowTask<T>& task, std::int64_t begin, std::int64_t end);
NearestRows<float> nearest_rows_baseline, nearest_rows_avx2, nearest_rows_avx512;
NearestRows<double> nearest_rows_baseline, nearest_rows_avx2, nearest_rows_avx512;

/// All rows whose squared distance from query [padded] is at most `most`, leaf by leaf. gap: room for the columns.
template <class T>
using RowsWithin = void(const RowTree<T>& tree, const T* query, T most, double* gap, const FoundRows<T>& found);
RowsWithin<float> rows_within_baseline, rows_within_avx2, rows_within_avx512;
RowsWithin<double> rows_within_baseline, rows_within_avx2, rows_within_avx512;

}  // namespace treewalk
