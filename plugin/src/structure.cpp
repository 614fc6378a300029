// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <pcl/point_types.h>

#include <pcl/impl/instantiate.hpp>

#include "treewalk/pcl/impl/knn_graph.hpp"
#include "treewalk/pcl/impl/octree_hierarchy.hpp"

#ifndef PCL_NO_PRECOMPILE
PCL_INSTANTIATE(KnnGraph, PCL_XYZ_POINT_TYPES)
PCL_INSTANTIATE(OctreeHierarchy, PCL_XYZ_POINT_TYPES)
#endif
