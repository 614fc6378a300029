// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

namespace treewalk {

/// Points of a leaf and children of an inner node: one SIMD register of 16 floats, or several shorter ones.
constexpr int kFan = 16;
/// Levels of boxes: 16^7 leaves hold 2^32 points.
constexpr int kMaxBoxLevels = 7;

/// Points in Morton order in leaves of 16, and over them levels of boxes: box b of a level covers leaves (level 0) or
/// boxes of the level below 16 b .. 16 b + 15. Unused places hold infinity and the largest index.
struct BoxTree {
  int levels = 0;  ///< the last level has at most 16 boxes
  std::uint32_t leaves = 0;
  const float* point = nullptr;                     ///< [leaves][3][16]
  const std::uint32_t* index = nullptr;             ///< [leaves][16] index of each point in the input
  const float* box[kMaxBoxLevels] = {};             ///< [groups of 16][6][16] lower x y z, upper x y z
  const std::uint32_t* lowest[kMaxBoxLevels] = {};  ///< [groups of 16][16] lowest index in the box
};

/// What to search. Query i has row `row[i]` in the results; where `query` is null the queries are the tree's own points
/// in tree order, and a point does not find itself.
struct KnnTask {
  BoxTree tree;
  const float* query = nullptr;        ///< [M,3], neighbouring ones near each other
  const std::uint32_t* row = nullptr;  ///< [M]; null: row i
  std::int64_t k = 0;
  std::int32_t* index = nullptr;  ///< [M,k]
  float* distance = nullptr;      ///< [M,k]
  /// [M] or null: where in the tree to begin with each query, so that they need not be near each other.
  const std::uint32_t* place = nullptr;
  float most = __builtin_inff();  ///< points at larger squared distances are not found
};

/// Searches queries begin..end; `nearest` has room for k numbers. The forms differ in speed only.
using KnnSearch = void(const KnnTask& task, std::int64_t begin, std::int64_t end, std::uint64_t* nearest);
KnnSearch knn_search_baseline;
#ifdef __x86_64__
KnnSearch knn_search_avx2;
KnnSearch knn_search_avx512;
#endif

/// Who takes what a search finds, up to 16 points at a time.
struct FoundPoints {
  void* self = nullptr;
  void (*add)(void* self, const float* distance, const std::uint32_t* index, std::int64_t count) = nullptr;
};

/// All points whose squared distance from query [3] is at most `most`, in tree order. The forms differ in speed only.
using RadiusSearch = void(const BoxTree& tree, const float* query, float most, const FoundPoints& found);
RadiusSearch radius_search_baseline;
#ifdef __x86_64__
RadiusSearch radius_search_avx2;
RadiusSearch radius_search_avx512;
#endif

}  // namespace treewalk
