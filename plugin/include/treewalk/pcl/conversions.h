// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/PCLPointCloud2.h>
#include <pcl/conversions.h>
#include <pcl/point_cloud.h>

#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {

/// The same fields in treewalk's terms, in the same order. PCL's bool becomes uint8.
/// Throws Error for a type that does not exist.
TREEWALK_EXPORT std::vector<Field> fieldsOf(const std::vector<pcl::PCLPointField>& fields);

/// Borrows the points: every field of PointT where it lies. `cloud` must outlive the view and stay as it is.
template <typename PointT>
CloudView viewOf(const pcl::PointCloud<PointT>& cloud) {
  std::vector<pcl::PCLPointField> fields;
  pcl::for_each_type<typename pcl::traits::fieldList<PointT>::type>(pcl::detail::FieldAdder<PointT>(fields));
  const auto& origin = cloud.sensor_origin_;
  return {reinterpret_cast<const std::byte*>(cloud.points.data()),
          static_cast<std::int64_t>(cloud.points.size()),
          sizeof(PointT),
          fieldsOf(fields),
          {origin[0], origin[1], origin[2]}};
}

/// Borrows the points of a blob: any field order, types and padding, also at the end of rows, for which the points are
/// copied into `packed` (unused otherwise). Both must outlive the view. A blob carries no viewpoint: it is 0, 0, 0.
/// Throws Error for a blob that contradicts itself (fields or rows beyond its data, big-endian numbers).
TREEWALK_EXPORT CloudView viewOf(const pcl::PCLPointCloud2& blob, std::vector<std::byte>& packed);

/// Copies. The header is left alone, and a blob has no place for the viewpoint. `is_dense` says whether every x, y and
/// z is finite. Throws Error where a cloud cannot be said in the other's terms.
TREEWALK_EXPORT void fromPCLPointCloud2(const pcl::PCLPointCloud2& blob, Cloud& cloud);
TREEWALK_EXPORT void toPCLPointCloud2(const Cloud& cloud, pcl::PCLPointCloud2& blob);

}  // namespace treewalk
