// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/types.h>

#include <functional>
#include <string>

#include "treewalk/pcl/conversions.h"

namespace treewalk {

/** \brief How treewalk's PCL classes report what goes wrong while they run: PCL_ERROR (PCL_WARN where a callback
 * cancelled), empty outputs, and the message kept for \a getErrorMessage. PCL's own exceptions, which stand for wrong
 * arguments, pass; no other exception does. */
class TREEWALK_EXPORT Guarded {
 public:
  /** \brief Why the last run gave nothing; empty when it went well. */
  const std::string& getErrorMessage() const { return error_; }

 protected:
  explicit Guarded(const std::string& name) : name_(name) {}
  ~Guarded() = default;

  /** \brief Run `work`, and report what it throws as said above; false when it failed. Resets the message first. */
  bool guarded(const std::function<void()>& work);
  /** \brief Report a failure in the same way. */
  void fail(const std::string& message);

  std::string name_;

 private:
  std::string error_;
};

/** \brief Throws Error when an index is negative, beyond the cloud's size, or given twice. */
TREEWALK_EXPORT void checkIndices(const pcl::Indices& indices, std::size_t points);

/** \brief The positions of the points in `indices`, in that order, for a view that outlives neither argument. */
TREEWALK_EXPORT Cloud gatherPositions(const CloudView& view, const pcl::Indices& indices);

/** \brief A view of what PCLBase calls the input: the points in the indices, or, where these are PCL's own (`all`), the
 * cloud itself. Borrows the cloud or `storage`. Throws Error for bad indices. */
template <typename PointT>
CloudView viewOfInput(const pcl::PointCloud<PointT>& cloud, const pcl::Indices& indices, bool all, Cloud& storage) {
  if (all) return viewOf(cloud);
  checkIndices(indices, cloud.size());
  storage = gatherPositions(viewOf(cloud), indices);
  return storage.view();
}

}  // namespace treewalk
