// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>
#include <pcl/point_types.h>

#include "tests/plugin/conformance/forms.h"

namespace treewalk::test {

/// Subjects over PCL_XYZ_POINT_TYPES, in two halves, as two files compile faster than one.
template <template <typename> class SubjectOn>
using OnPlainPointTypes = testing::Types<
    SubjectOn<Points<pcl::PointXYZ>>, SubjectOn<Points<pcl::PointXYZI>>, SubjectOn<Points<pcl::PointXYZL>>,
    SubjectOn<Points<pcl::PointXYZRGBA>>, SubjectOn<Points<pcl::PointXYZRGB>>, SubjectOn<Points<pcl::PointXYZRGBL>>,
    SubjectOn<Points<pcl::PointXYZLAB>>, SubjectOn<Points<pcl::PointXYZHSV>>, SubjectOn<Points<pcl::InterestPoint>>>;
template <template <typename> class SubjectOn>
using OnRichPointTypes =
    testing::Types<SubjectOn<Points<pcl::PointNormal>>, SubjectOn<Points<pcl::PointXYZRGBNormal>>,
                   SubjectOn<Points<pcl::PointXYZINormal>>, SubjectOn<Points<pcl::PointXYZLNormal>>,
                   SubjectOn<Points<pcl::PointWithRange>>, SubjectOn<Points<pcl::PointWithViewpoint>>,
                   SubjectOn<Points<pcl::PointWithScale>>, SubjectOn<Points<pcl::PointSurfel>>,
                   SubjectOn<Points<pcl::PointDEM>>>;

}  // namespace treewalk::test
