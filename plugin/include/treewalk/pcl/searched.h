// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/point_cloud.h>
#include <pcl/point_representation.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "treewalk/search.h"
#include "treewalk/vector_search.h"

namespace treewalk {

namespace detail {
/** \brief Whether points have members x, y and z.
 * \ingroup search
 */
template <typename PointT, typename = void>
struct HasPosition : std::false_type {};
/** \copydoc HasPosition */
template <typename PointT>
struct HasPosition<PointT, std::void_t<decltype(std::declval<const PointT&>().x, std::declval<const PointT&>().y,
                                                std::declval<const PointT&>().z)>> : std::true_type {};

/** \brief Where a search starts; by default nowhere, from where nothing is found.
 * \ingroup search
 */
struct SearchQuery {
  double position[3];  ///< x, y and z

  /** \brief Nowhere: not a number. */
  SearchQuery() { position[0] = position[1] = position[2] = std::numeric_limits<double>::quiet_NaN(); }
  /** \brief At a point.
   * \param[in] at has x, y and z */
  template <typename PointT>
  explicit SearchQuery(const PointT& at) {
    position[0] = at.x;
    position[1] = at.y;
    position[2] = at.z;
  }
};

/** \brief What KnnSearch searches: positions, or the rows that a point representation makes of points.
 * \ingroup search
 */
template <typename PointT>
struct Searched {
  std::shared_ptr<const PointSearch> points;  ///< of x, y and z; or null
  std::shared_ptr<const VectorSearch> rows;   ///< of what the representation makes; or null
  /** \brief Of the rows, and of queries. */
  typename pcl::PointRepresentation<PointT>::ConstPtr representation;
  bool trivial = false;  ///< what the representation said of itself when the search was made
  bool as_is = false;    ///< whether its rows are the points' own memory
  int columns = 0;       ///< the same

  /** \brief Whether a representation takes points' numbers as they lie in memory: only PCL's own is known to, for a
   * class that is derived from it and makes other rows still says that it is trivial.
   * \param[in] of not null
   * \return false where it has weights */
  static bool asIs(const pcl::PointRepresentation<PointT>& of) {
    return of.isTrivial() && typeid(of) == typeid(pcl::DefaultPointRepresentation<PointT>);
  }
  /** \brief Whether the space is that of x, y and z: of PCL's own representation, or of none.
   * \param[in] of a representation, or null
   * \return false for points that have none of these */
  static bool plain(const typename pcl::PointRepresentation<PointT>::ConstPtr& of) {
    return HasPosition<PointT>::value && (!of || (of->getNumberOfDimensions() == 3 && asIs(*of)));
  }
  /** \return whether the representation is still what it was, as far as it can be asked */
  bool fits() const {
    return !representation ||
           (representation->isTrivial() == trivial && representation->getNumberOfDimensions() == columns);
  }
};

/** \brief The row that a representation makes of a point: the point's own memory where that will do.
 * \ingroup search
 */
template <typename PointT>
class RowOf {
 public:
  /** \brief Makes the row.
   * \param[in] representation says how
   * \param[in] as_is whether rows are the points' own memory
   * \param[in] point must outlive the row */
  RowOf(const pcl::PointRepresentation<PointT>& representation, bool as_is, const PointT& point) {
    if (as_is) {
      row_ = reinterpret_cast<const float*>(&point);
      return;
    }
    const auto columns = static_cast<std::size_t>(representation.getNumberOfDimensions());
    if (columns > few_.size()) many_.resize(columns);
    float* to = many_.empty() ? few_.data() : many_.data();
    representation.vectorize(point, to);
    // PCL leaves out points whose own numbers are not finite where a representation says that it is trivial.
    if (representation.isTrivial() && !representation.isValid(point))
      std::fill_n(to, columns, std::numeric_limits<float>::quiet_NaN());
    row_ = to;
  }
  RowOf(const RowOf&) = delete;             ///< It may point into itself.
  RowOf& operator=(const RowOf&) = delete;  ///< It may point into itself.
  /** \return as many numbers as the representation has dimensions */
  const float* get() const { return row_; }

 private:
  const float* row_;
  std::array<float, 64> few_;
  std::vector<float> many_;
};

/** \brief What KnnSearch does for every point type: the points nearest to a place.
 * \param[in] search among the points
 * \param[in] query the place
 * \param[in] k how many points
 * \param[out] indices resized to what is found
 * \param[out] squared_distances the same
 * \return how many there are
 * \ingroup search
 */
TREEWALK_EXPORT int nearestOf(const PointSearch& search, const SearchQuery& query, int k, pcl::Indices& indices,
                              std::vector<float>& squared_distances);
/** \copydoc nearestOf */
TREEWALK_EXPORT int nearestOf(const VectorSearch& search, const float* query, int k, pcl::Indices& indices,
                              std::vector<float>& squared_distances);
/** \brief The same for the points within a radius.
 * \param[in] search among the points
 * \param[in] query the place
 * \param[in] radius in the cloud's units
 * \param[in] sorted whether nearest first
 * \param[in] most the nearest so many; 0: all
 * \param[out] indices resized to what is found
 * \param[out] squared_distances the same
 * \return how many there are
 * \ingroup search
 */
TREEWALK_EXPORT int withinOf(const PointSearch& search, const SearchQuery& query, double radius, bool sorted,
                             unsigned int most, pcl::Indices& indices, std::vector<float>& squared_distances);
/** \copydoc withinOf */
TREEWALK_EXPORT int withinOf(const VectorSearch& search, const float* query, double radius, bool sorted,
                             unsigned int most, pcl::Indices& indices, std::vector<float>& squared_distances);
/** \brief Fields with their weights. Throws Error where these are not as many.
 * \param[in] names of fields
 * \param[in] weights of each, or none
 * \return one for each name
 * \ingroup search
 */
TREEWALK_EXPORT std::vector<SearchField> searchFields(const std::vector<std::string>& names,
                                                      const std::vector<double>& weights);

/** \brief Empty rows for all queries.
 * \param[in] queries their number
 * \param[out] indices a row for each
 * \param[out] squared_distances the same
 * \ingroup search
 */
TREEWALK_EXPORT void clearRows(std::size_t queries, std::vector<pcl::Indices>& indices,
                               std::vector<std::vector<float>>& squared_distances);
/** \brief The points nearest to each of many places.
 * \param[in] search among the points
 * \param[in] queries 3 numbers for each place, or its row
 * \param[in] k how many points
 * \param[in] threads 0: as many as the machine has cores
 * \param[in,out] indices an empty row for each place, to be filled
 * \param[in,out] squared_distances the same
 * \ingroup search
 */
TREEWALK_EXPORT void nearestOfMany(const PointSearch& search, const std::vector<double>& queries, int k,
                                   unsigned int threads, std::vector<pcl::Indices>& indices,
                                   std::vector<std::vector<float>>& squared_distances);
/** \copydoc nearestOfMany */
TREEWALK_EXPORT void nearestOfMany(const VectorSearch& search, const std::vector<float>& queries, int k,
                                   unsigned int threads, std::vector<pcl::Indices>& indices,
                                   std::vector<std::vector<float>>& squared_distances);
/** \brief The points within a radius of each of many places.
 * \param[in] search among the points
 * \param[in] queries 3 numbers for each place, or its row
 * \param[in] radius in the cloud's units
 * \param[in] sorted whether nearest first
 * \param[in] most for each place the nearest so many; 0: all
 * \param[in] threads 0: as many as the machine has cores
 * \param[in,out] indices an empty row for each place, to be filled
 * \param[in,out] squared_distances the same
 * \ingroup search
 */
TREEWALK_EXPORT void withinOfMany(const PointSearch& search, const std::vector<double>& queries, double radius,
                                  bool sorted, unsigned int most, unsigned int threads,
                                  std::vector<pcl::Indices>& indices,
                                  std::vector<std::vector<float>>& squared_distances);
/** \copydoc withinOfMany */
TREEWALK_EXPORT void withinOfMany(const VectorSearch& search, const std::vector<float>& queries, double radius,
                                  bool sorted, unsigned int most, unsigned int threads,
                                  std::vector<pcl::Indices>& indices,
                                  std::vector<std::vector<float>>& squared_distances);

/** \brief Places to search from.
 * \param[in] cloud its points
 * \param[in] indices which of them; empty: all
 * \return 3 numbers for each place; nowhere for an index that is out of range
 * \ingroup search
 */
template <typename PointT>
std::vector<double> queryPositions(const pcl::PointCloud<PointT>& cloud, const pcl::Indices& indices) {
  const std::size_t queries = indices.empty() ? cloud.size() : indices.size();
  std::vector<double> positions;
  positions.reserve(3 * queries);
  for (std::size_t i = 0; i < queries; ++i) {
    const auto at = indices.empty() ? i : static_cast<std::size_t>(indices[i]);
    const SearchQuery query = at < cloud.size() ? SearchQuery(cloud[at]) : SearchQuery();
    positions.insert(positions.end(), query.position, query.position + 3);
  }
  return positions;
}

/** \brief The same for rows that a representation makes.
 * \param[in] cloud its points
 * \param[in] indices which of them; empty: all
 * \param[in] representation makes the rows
 * \param[in] as_is whether rows are the points' own memory
 * \return a row for each place; not numbers for an index that is out of range
 * \ingroup search
 */
template <typename PointT>
std::vector<float> queryRows(const pcl::PointCloud<PointT>& cloud, const pcl::Indices& indices,
                             const pcl::PointRepresentation<PointT>& representation, bool as_is) {
  const std::size_t queries = indices.empty() ? cloud.size() : indices.size();
  const auto columns = static_cast<std::size_t>(representation.getNumberOfDimensions());
  std::vector<float> rows(queries * columns, std::numeric_limits<float>::quiet_NaN());
  for (std::size_t i = 0; i < queries; ++i) {
    const auto at = indices.empty() ? i : static_cast<std::size_t>(indices[i]);
    if (at >= cloud.size()) continue;
    const RowOf<PointT> row(representation, as_is, cloud[at]);
    for (std::size_t c = 0; c < columns; ++c) rows[i * columns + c] = row.get()[c];
  }
  return rows;
}
}  // namespace detail

}  // namespace treewalk
