// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// Exact nearest neighbours, and points within a radius, among the finite points of a cloud. Immutable, so one search
/// may serve many threads; it copies the positions. Distances are squared and float32, (dx*dx + dy*dy) + dz*dz; equal
/// ones are ordered by lower index, so every result has one right answer. A point whose squared distance is beyond
/// float32 (farther away than 1.8e19) is not found. Where float32 does not hold every coordinate without loss, as of
/// georeferenced doubles, distances are the same in float64: these decide the order, and are given rounded to float32.
/// Queries are rounded to what the positions are. VectorSearch does the same for rows of any length.
class TREEWALK_EXPORT PointSearch {
 public:
  /// Throws Error for a cloud without x, y and z, for an index that is out of range, and for a cloud that is too small
  /// or too large for float32's squared distances: smaller than 2^-50, or the middle half of it larger than 2^63.
  /// \param cloud the points; may go once the search is made
  /// \param subset the points of the cloud to search among, in any order; null: all
  /// \param threads that make the search; 0: as many as the machine has cores
  /// \param few_queries fewer than a fifth of the points will be asked for: the search is made in half of the time, and
  /// a query takes about twice as long, with the same results
  explicit PointSearch(const CloudView& cloud, const std::vector<std::int32_t>* subset = nullptr, int threads = 0,
                       bool few_queries = false);
  ~PointSearch();
  PointSearch(PointSearch&&) noexcept;  ///< The other may only be assigned to after that.
  /// Moves likewise.
  /// \return this
  PointSearch& operator=(PointSearch&&) noexcept;

  /// How many points can be found.
  /// \return the number of finite ones
  std::int64_t size() const;

  /// The k points nearest to a place, nearest first, a point at the very place included.
  /// \param query [3] the place
  /// \param k how many points
  /// \param[out] index [k] room for the points' indices in the cloud
  /// \param[out] squared_distance [k] room for their distances
  /// \return how many there are: k, or fewer where the search has fewer points; 0 for k < 1 and for a query that is
  /// not finite
  int nearest(const double* query, int k, std::int32_t* index, float* squared_distance) const;

  /// All points whose squared distance from a place is below the radius's square, both as float32 has them: all points
  /// that there are where it is infinite. None for a query that is not finite, or a radius that is not positive or not
  /// a number.
  /// \param query [3] the place
  /// \param radius in the cloud's units
  /// \param[out] index the points' indices in the cloud
  /// \param[out] squared_distance their distances
  /// \param sorted nearest first; else in an order that does not change from run to run
  /// \param most the nearest so many of them; 0: all
  void within(const double* query, double radius, std::vector<std::int32_t>& index,
              std::vector<float>& squared_distance, bool sorted = true, std::int64_t most = 0) const;

  /// What one of many queries found: the query's number, and `found` indices and squared distances.
  using Take = std::function<void(std::int64_t query, const std::int32_t* index, const float* squared_distance,
                                  std::int64_t found)>;
  /// The k points nearest to each of many places, by several threads.
  /// \param query [queries,3] the places
  /// \param queries their number
  /// \param k how many points
  /// \param take called once for each query, in any order, by any of the threads
  /// \param threads 0: as many as the machine has cores
  void nearest(const double* query, std::int64_t queries, int k, const Take& take, int threads = 0) const;
  /// All points within a radius of each of many places, by several threads.
  /// \param query [queries,3] the places
  /// \param queries their number
  /// \param radius in the cloud's units
  /// \param take called once for each query, in any order, by any of the threads
  /// \param sorted nearest first; else in an order that does not change from run to run
  /// \param most the nearest so many of them; 0: all
  /// \param threads 0: as many as the machine has cores
  void within(const double* query, std::int64_t queries, double radius, const Take& take, bool sorted = true,
              std::int64_t most = 0, int threads = 0) const;

 private:
  struct Tree;
  std::unique_ptr<const Tree> tree_;
};

/// @}
}  // namespace treewalk
