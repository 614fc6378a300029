// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// A box along the axes, its faces included; where a lower corner is above the upper one, nothing is inside.
struct AxisBox {
  std::array<double, 3> lower{0, 0, 0};  ///< least x, y and z
  std::array<double, 3> upper{0, 0, 0};  ///< largest x, y and z
};

/// Exact neighbours in a map that moves: points come, and others are forgotten, between the queries.
///
/// Every point has a number: the first row that was ever added has 0, and so on, rows that are not finite included
/// (they are never found); no number is used twice. Results are, to the bit, those of a PointSearch made anew over the
/// points that are there, in the order of their numbers: squared distances in float32, (dx*dx + dy*dy) + dz*dz, equal
/// ones by lower number. Positions are kept as float32, relative to the origin, which is subtracted in double. A point
/// whose squared distance is beyond float32 is not found; points that are all too near to each other for float32's
/// squares, or too far, are no error here, as they are to a PointSearch.
///
/// Inside are two searches, a big one and a small one of what came last. Adding makes the small one anew; once this has
/// cost as much as making the big one, a thread makes the big one anew of all that is there, and it is taken over by
/// the next call that changes the map. Results do not depend on when that is.
///
/// Threads: any number of them may call the const functions at once. Functions that are not const are for one thread,
/// while no other one is in any function of this object, as it is with standard containers. The inner thread changes
/// nothing that they see.
class TREEWALK_EXPORT MovingSearch {
 public:
  /// An empty map. Throws Error for an origin that is not finite.
  /// \param origin what positions are kept relative to: near the map where coordinates are large
  /// \param threads that make searches and serve many queries; 0: as many as the machine has cores. The inner thread
  /// is one more
  explicit MovingSearch(const std::array<double, 3>& origin = {0, 0, 0}, int threads = 0);
  ~MovingSearch();                        ///< Waits for the inner thread.
  MovingSearch(MovingSearch&&) noexcept;  ///< The other may only be assigned to or destroyed after that.
  /// Moves likewise.
  /// \return this
  MovingSearch& operator=(MovingSearch&&) noexcept;

  /// Adds all points of a cloud, which may go then. Throws Error for a cloud without x, y and z, and for more than
  /// 2^31 - 2 points that are there at a time; the map is then as it was.
  /// \param cloud rows; an empty one adds nothing
  /// \return the number of its first row; those of the others follow
  std::int64_t add(const CloudView& cloud);
  /// Forgets the points of the lowest numbers among those that are there.
  /// \param count how many; all where there are fewer, none where it is not positive
  /// \return how many were forgotten
  std::int64_t forget_oldest(std::int64_t count);
  /// Forgets all points in a box. They are compared as they are kept: as float32, relative to the origin.
  /// \param box a side that is not a number has nothing inside
  /// \return how many were forgotten
  std::int64_t forget_inside(const AxisBox& box);
  /// Forgets all points that are not in a box.
  /// \param box as for forget_inside
  /// \return how many were forgotten
  std::int64_t forget_outside(const AxisBox& box);
  /// Waits until all points are in one search, which is the fastest to query and takes the least memory.
  void settle();

  /// How many points can be found.
  /// \return the number of finite ones that were not forgotten
  std::int64_t size() const;
  /// The number that the next row will have.
  /// \return how many rows were added so far
  std::int64_t next_number() const;
  /// What positions are kept relative to.
  /// \return as it was given
  const std::array<double, 3>& origin() const;

  /// The k points nearest to a place, nearest first, a point at the very place included.
  /// \param query [3] the place
  /// \param k how many points
  /// \param[out] number [k] room for the points' numbers
  /// \param[out] squared_distance [k] room for their distances
  /// \return how many there are: k, or fewer where the map has fewer points; 0 for k < 1 and for a query that is not
  /// finite
  int nearest(const double* query, int k, std::int64_t* number, float* squared_distance) const;
  /// All points whose squared distance from a place is below the radius's square, both as float32 has them, nearest
  /// first: all points that there are where it is infinite. None for a query that is not finite, or a radius that is
  /// not positive or not a number. \param query [3] the place \param radius in the map's units \param[out] number the
  /// points' numbers \param[out] squared_distance their distances \param most the nearest so many of them; 0: all
  void within(const double* query, double radius, std::vector<std::int64_t>& number,
              std::vector<float>& squared_distance, std::int64_t most = 0) const;

  /// What one of many queries found: the query's index, and `found` numbers and squared distances.
  using Take = std::function<void(std::int64_t query, const std::int64_t* number, const float* squared_distance,
                                  std::int64_t found)>;
  /// The k points nearest to each of many places, by several threads.
  /// \param query [queries,3] the places
  /// \param queries their number
  /// \param k how many points
  /// \param take called once for each query, in any order, by any of the threads
  void nearest(const double* query, std::int64_t queries, int k, const Take& take) const;
  /// All points within a radius of each of many places, by several threads.
  /// \param query [queries,3] the places
  /// \param queries their number
  /// \param radius in the map's units
  /// \param take called once for each query, in any order, by any of the threads
  /// \param most the nearest so many of them; 0: all
  void within(const double* query, std::int64_t queries, double radius, const Take& take, std::int64_t most = 0) const;

  /// Writes the points that are there, with their numbers, to a file that appears whole or not at all: 20 bytes a
  /// point, and a checksum. Throws Error with the file's name and the reason.
  /// \param file that is made or replaced
  void save(const std::filesystem::path& file) const;
  /// The map of a file that save wrote: it finds what the saved one found, and goes on with its numbers. Throws Error
  /// with the file's name for a file that cannot be read, that save did not write, or that is damaged.
  /// \param file to read
  /// \param threads as in the constructor
  /// \return a map of one search
  static MovingSearch load(const std::filesystem::path& file, int threads = 0);

 private:
  struct Map;
  explicit MovingSearch(std::unique_ptr<Map> map);
  std::unique_ptr<Map> map_;
};

/// @}
}  // namespace treewalk
