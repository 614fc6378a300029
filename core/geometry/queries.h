// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/geometry/box_tree_arrays.h"

namespace treewalk {

/// Queries that share a bound, and a buffer for their results.
constexpr std::int64_t kQueryPiece = 16 * kFan;

/// A list for the k nearest, on the stack where it is short.
class NearestRoom {
 public:
  explicit NearestRoom(std::int64_t k) {
    if (k > static_cast<std::int64_t>(few_.size())) many_.resize(static_cast<std::size_t>(k));
  }
  std::uint64_t* get() { return many_.empty() ? few_.data() : many_.data(); }

 private:
  std::array<std::uint64_t, 64> few_;
  std::vector<std::uint64_t> many_;
};

/// query [3] as float32, relative to the origin. False where it is not finite, or too far from everything for a float.
bool local_query(const double* query, const std::array<double, 3>& origin, float* to);

/// The finite ones of many queries, neighbouring ones near each other.
struct OrderedQueries {
  std::vector<float> position;   ///< [M,3] relative to the origin
  std::vector<std::int64_t> at;  ///< [M] their numbers
};
/// query [queries,3]; not_finite is told the numbers of the others.
OrderedQueries ordered_queries(const double* query, std::int64_t queries, const std::array<double, 3>& origin,
                               const std::function<void(std::int64_t)>& not_finite);

}  // namespace treewalk
