// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "treewalk/pcl/octree_hierarchy.h"

template <typename PointT>
void treewalk::OctreeHierarchy<PointT>::compute(OctreeArrays& octree) {
  octree = OctreeArrays();
  if (!initCompute()) return this->fail("no input cloud was set");
  this->guarded([&] {
    Cloud storage;
    octree = treewalk::octree(detail::positionsOfInput(*input_, *indices_, fake_indices_, storage), depth_,
                              static_cast<int>(threads_));
  });
  deinitCompute();
}

#define PCL_INSTANTIATE_OctreeHierarchy(T) template class TREEWALK_EXPORT treewalk::OctreeHierarchy<T>;
