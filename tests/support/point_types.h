// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>
#include <pcl/point_types.h>

namespace treewalk::test {

/// Every member of PCL_XYZ_POINT_TYPES, for which PCL and treewalk instantiate their classes.
using XyzPointTypes =
    testing::Types<pcl::PointXYZ, pcl::PointXYZI, pcl::PointXYZL, pcl::PointXYZRGBA, pcl::PointXYZRGB,
                   pcl::PointXYZRGBL, pcl::PointXYZLAB, pcl::PointXYZHSV, pcl::InterestPoint, pcl::PointNormal,
                   pcl::PointXYZRGBNormal, pcl::PointXYZINormal, pcl::PointXYZLNormal, pcl::PointWithRange,
                   pcl::PointWithViewpoint, pcl::PointWithScale, pcl::PointSurfel, pcl::PointDEM>;

}  // namespace treewalk::test
