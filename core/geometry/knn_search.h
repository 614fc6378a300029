// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/geometry/box_tree_arrays.h"

namespace treewalk {

/// What to search. Query i has row `row[i]` in the results; where `query` is null the queries are the tree's own points
/// in tree order, and a point does not find itself; the row of one is its index.
struct KnnTask {
  const BoxTree* tree = nullptr;
  const float* query = nullptr;        ///< [M,3], neighbouring ones near each other
  const std::uint32_t* row = nullptr;  ///< [M]; null: row i
  std::int64_t k = 0;
  std::int32_t* index = nullptr;  ///< [M,k]
  float* distance = nullptr;      ///< [M,k]
  float most = __builtin_inff();  ///< points at larger squared distances are not found
  /// Above -1, of the tree's own points: those from this one on are searched for, and their rows count from it in tree
  /// order.
  std::int64_t first = -1;
  /// More points to search among, or null; their indices are higher than those of `tree`.
  const BoxTree* second = nullptr;
};

/// Searches queries begin..end; `nearest` has room for k numbers. The forms differ in speed only.
using KnnSearch = void(const KnnTask& task, std::int64_t begin, std::int64_t end, std::uint64_t* nearest);
KnnSearch knn_search_baseline, knn_search_avx2, knn_search_avx512;

/// Who takes what a search finds, up to 16 points at a time.
struct FoundPoints {
  void* self = nullptr;
  void (*add)(void* self, const float* distance, const std::uint32_t* index, std::int64_t count) = nullptr;
};

/// All points whose squared distance from query [3] is at most `most`, in tree order. The forms differ in speed only.
using RadiusSearch = void(const BoxTree& tree, const float* query, float most, const FoundPoints& found);
RadiusSearch radius_search_baseline, radius_search_avx2, radius_search_avx512;

}  // namespace treewalk
