// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/pcl_base.h>

#include "treewalk/pcl/guarded.h"
#include "treewalk/structure.h"

namespace treewalk {

/** \brief OctreeHierarchy is a fixed octree as plain arrays: the occupied cells of every level in Morton order, with
 * their children, parents, points and means.
 *
 * \details Where indices are set, the octree is that of the points in them alone, and `order` and `leaf` count their
 * positions in the indices. Non-finite points are in no cell. When a run fails, the arrays are empty.
 * \ingroup search
 */
template <typename PointT>
class TREEWALK_EXPORT OctreeHierarchy : public pcl::PCLBase<PointT>, public detail::Guarded {
 public:
  using PointCloud = pcl::PointCloud<PointT>;                       ///< what the input is
  using Ptr = pcl::shared_ptr<OctreeHierarchy<PointT>>;             ///< shared
  using ConstPtr = pcl::shared_ptr<const OctreeHierarchy<PointT>>;  ///< shared, and only read

  /** \brief No input is set; depth 10. */
  OctreeHierarchy() : detail::Guarded("OctreeHierarchy") {}

  /** \brief Set how often the cloud's cube is halved.
   * \param[in] depth 0 to 20 (default 10); anything else is an error of the run */
  void setDepth(int depth) { depth_ = depth; }
  /** \return how often the cloud's cube is halved */
  int getDepth() const { return depth_; }

  /** \brief Set the number of threads.
   * \param[in] nr_threads 0 (default): as many as the machine has cores */
  void setNumberOfThreads(unsigned int nr_threads = 0) { threads_ = nr_threads; }
  /** \return the number of threads that was set */
  unsigned int getNumberOfThreads() const { return threads_; }

  /** \brief Make the octree.
   * \param[out] octree depth + 1 levels, leaves first */
  void compute(OctreeArrays& octree);

 protected:
  using pcl::PCLBase<PointT>::input_;
  using pcl::PCLBase<PointT>::indices_;
  using pcl::PCLBase<PointT>::fake_indices_;
  using pcl::PCLBase<PointT>::initCompute;
  using pcl::PCLBase<PointT>::deinitCompute;

 private:
  int depth_ = 10;
  unsigned int threads_ = 0;
};

}  // namespace treewalk

#ifdef PCL_NO_PRECOMPILE
#include "treewalk/pcl/impl/octree_hierarchy.hpp"
#endif
