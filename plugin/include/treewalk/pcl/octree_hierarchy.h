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
 * positions in the indices. Non-finite points are in no cell. When a run fails, the arrays are empty. */
template <typename PointT>
class OctreeHierarchy : public pcl::PCLBase<PointT>, public Guarded {
 public:
  using PointCloud = pcl::PointCloud<PointT>;
  using Ptr = pcl::shared_ptr<OctreeHierarchy<PointT>>;
  using ConstPtr = pcl::shared_ptr<const OctreeHierarchy<PointT>>;

  OctreeHierarchy() : Guarded("OctreeHierarchy") {}

  /** \brief How often the cloud's cube is halved, 0 to 20 (default 10). */
  void setDepth(int depth) { depth_ = depth; }
  int getDepth() const { return depth_; }

  /** \brief Number of threads; 0 (default): as many as the machine has cores. */
  void setNumberOfThreads(unsigned int nr_threads = 0) { threads_ = nr_threads; }
  unsigned int getNumberOfThreads() const { return threads_; }

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
