// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "treewalk/pcl/conversions.h"

namespace treewalk {

namespace detail {
/** \brief How treewalk's PCL classes report what goes wrong while they run: PCL_ERROR (PCL_WARN where a callback
 * cancelled), empty outputs, and the message kept for \a getErrorMessage. PCL's own exceptions, which stand for wrong
 * arguments, pass; no other exception does.
 * \ingroup filters segmentation search
 */
class TREEWALK_EXPORT Guarded {
 public:
  /** \brief Why the last run gave nothing.
   * \return one sentence; empty when it went well */
  const std::string& getErrorMessage() const { return error_; }

 protected:
  /** \param[in] name the class's name, for messages */
  explicit Guarded(const std::string& name) : name_(name) {}
  ~Guarded() = default;

  /** \brief Run `work`, and report what it throws as said above. Resets the message first.
   * \param[in] work what may fail
   * \return false when it failed */
  bool guarded(const std::function<void()>& work);
  /** \brief Report a failure in the same way.
   * \param[in] message one sentence */
  void fail(const std::string& message);

  std::string name_;  ///< the class's name, for messages

 private:
  std::string error_;
};

/** \brief Throws Error when an index is negative or beyond the cloud's size. One that is given twice counts twice, as
 * in PCL's own classes.
 * \param[in] indices of points
 * \param[in] points the cloud's size
 * \ingroup io
 */
TREEWALK_EXPORT void checkIndices(const pcl::Indices& indices, std::size_t points);

/** \brief Copy the positions of some points. Throws Error for a cloud without x, y and z.
 * \param[in] view the cloud
 * \param[in] indices of points that exist
 * \return x, y and z of these points, in their order and type, and the viewpoint
 * \ingroup io
 */
TREEWALK_EXPORT Cloud gatherPositions(const CloudView& view, const pcl::Indices& indices);

/** \brief Copy the records of some points. Throws Error for bad indices.
 * \param[in] view the cloud
 * \param[in] indices which of its points
 * \return these points with all their fields, in their order
 * \ingroup io
 */
TREEWALK_EXPORT Cloud gatherRecords(const CloudView& view, const pcl::Indices& indices);

/** \brief The points in the indices, or, where these are PCL's own (`all`), the view itself. Throws Error for bad
 * indices.
 * \param[in] view the input cloud
 * \param[in] indices which of its points
 * \param[in] all whether the indices are PCL's own, of all points
 * \param[out] storage memory for the positions of the points in the indices
 * \return the view, or one that borrows `storage`
 * \ingroup io
 */
TREEWALK_EXPORT CloudView chosenOf(CloudView view, const pcl::Indices& indices, bool all, Cloud& storage);

/** \brief A view of the positions alone, of points that need not be registered with PCL: of any type with members x, y
 * and z, float or double.
 * \param[in] cloud must outlive the view and stay as it is
 * \return all of its points
 * \ingroup io
 */
template <typename PointT>
CloudView positionsOf(const pcl::PointCloud<PointT>& cloud) {
  const auto field = [&](const char* name, const auto& coordinate_of) {
    using Coordinate = std::decay_t<decltype(coordinate_of(std::declval<const PointT&>()))>;
    constexpr bool is_float = std::is_same_v<Coordinate, float>;
    static_assert(is_float || std::is_same_v<Coordinate, double>, "x, y and z must be float or double");
    Field result{name, 0, is_float ? Scalar::float32 : Scalar::float64, 1};
    if (cloud.points.empty()) return result;
    const PointT& first = cloud.points.front();
    result.offset = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&coordinate_of(first)) -
                                             reinterpret_cast<const std::byte*>(&first));
    return result;
  };
  const auto x = [](const PointT& point) -> const auto& { return point.x; };
  const auto y = [](const PointT& point) -> const auto& { return point.y; };
  const auto z = [](const PointT& point) -> const auto& { return point.z; };
  return {reinterpret_cast<const std::byte*>(cloud.points.data()),
          static_cast<std::int64_t>(cloud.points.size()),
          sizeof(PointT),
          {field("x", x), field("y", y), field("z", z)}};
}

/** \brief A view of what PCLBase calls the input: the points in the indices, or, where these are PCL's own (`all`), the
 * cloud itself. Throws Error for bad indices.
 * \param[in] cloud the input cloud
 * \param[in] indices which of its points
 * \param[in] all whether the indices are PCL's own, of all points
 * \param[out] storage memory for the points in the indices
 * \return a view that borrows the cloud or `storage`
 * \ingroup io
 */
template <typename PointT>
CloudView viewOfInput(const pcl::PointCloud<PointT>& cloud, const pcl::Indices& indices, bool all, Cloud& storage) {
  return chosenOf(viewOf(cloud), indices, all, storage);
}

/** \brief The same of the positions alone, whether or not the points are registered with PCL.
 * \param[in] cloud the input cloud
 * \param[in] indices which of its points
 * \param[in] all whether the indices are PCL's own, of all points
 * \param[out] storage memory for the points in the indices
 * \return a view that borrows the cloud or `storage`
 * \ingroup io
 */
template <typename PointT>
CloudView positionsOfInput(const pcl::PointCloud<PointT>& cloud, const pcl::Indices& indices, bool all,
                           Cloud& storage) {
  return chosenOf(positionsOf(cloud), indices, all, storage);
}
}  // namespace detail

}  // namespace treewalk
