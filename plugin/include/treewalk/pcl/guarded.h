// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/types.h>

#include <functional>
#include <string>

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
  if (all) return viewOf(cloud);
  checkIndices(indices, cloud.size());
  storage = gatherPositions(viewOf(cloud), indices);
  return storage.view();
}
}  // namespace detail

}  // namespace treewalk
