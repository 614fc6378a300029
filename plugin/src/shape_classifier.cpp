// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/impl/shape_classifier.hpp"

#include <pcl/point_types.h>

#include <pcl/impl/instantiate.hpp>

#ifndef PCL_NO_PRECOMPILE
PCL_INSTANTIATE(ShapeClassifier, PCL_XYZ_POINT_TYPES)
#endif
