// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <filesystem>

#include "treewalk/io.h"
#include "treewalk/pcl/conversions.h"

namespace treewalk {
/// \addtogroup io
/// @{

/// Reads a .pcd, .ply or .off into a cloud of PCL's whatever the type of its coordinates: PCL's own readers leave
/// double ones at zero. What read_cloud and toPointCloud do, one after the other. Fields of PointT that the file does
/// not have stay at PointT's defaults, and PCL_WARN names them. Throws Error, in one line that begins with the file's
/// name, for what cannot be read and for a file without positions. \param file any that read_cloud reads \param[out]
/// points all of its points \param origin what is subtracted from x, y and z; the same one for clouds that belong
/// together
template <typename PointT>
void loadCloud(const std::filesystem::path& file, pcl::PointCloud<PointT>& points,
               const std::array<double, 3>& origin) {
  const Cloud cloud = read_cloud(file);
  detail::checkFields(file.string(), cloud.view(), viewOf(points).fields);
  toPointCloud(cloud, points, origin);
}

/// The same with the origin that fits the file.
/// \param file any that read_cloud reads
/// \param[out] points all of its points, less the origin
/// \return the origin, which is what originOf says
template <typename PointT>
std::array<double, 3> loadCloud(const std::filesystem::path& file, pcl::PointCloud<PointT>& points) {
  const Cloud cloud = read_cloud(file);
  const std::array<double, 3> origin = originOf(cloud.view());
  detail::checkFields(file.string(), cloud.view(), viewOf(points).fields);
  toPointCloud(cloud, points, origin);
  return origin;
}

/// @}
}  // namespace treewalk
