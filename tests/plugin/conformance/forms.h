// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The forms that a scene takes: a cloud of any point type, or a blob of any layout.
#pragma once

#include <pcl/PCLPointCloud2.h>
#include <pcl/common/io.h>
#include <pcl/conversions.h>
#include <pcl/point_cloud.h>

#include <cstring>
#include <iosfwd>
#include <string>
#include <vector>

#include "tests/plugin/conformance/scene.h"

namespace treewalk::test {

/// What a cloud holds, whatever its form: the tests compare these.
struct Picture {
  std::uint32_t width = 0, height = 0;
  bool is_dense = false;
  pcl::PCLHeader header;
  Eigen::Vector4f origin{0, 0, 0, 0};  ///< pose: as it is by default in blobs, which have no place for it
  Eigen::Quaternionf orientation{1, 0, 0, 0};
  std::vector<std::string> fields;                ///< "name type count"
  std::vector<std::array<double, 3>> position;    ///< of every point
  std::vector<std::vector<std::uint8_t>> others;  ///< the bytes of all other fields of every point
  std::size_t point_step = 0, row_step = 0, bytes = 0;
  std::string flaw;  ///< how the sizes contradict each other; empty where they do not

  bool has_only_finite_points() const;
  /// The picture of these points in one row.
  Picture at(const pcl::Indices& indices) const;
};

/// The same points, fields and organisation. NaN equals NaN.
bool operator==(const Picture& a, const Picture& b);
bool same_header_and_pose(const Picture& a, const Picture& b);
void PrintTo(const Picture& picture, std::ostream* stream);

Picture picture_of(const pcl::PCLPointCloud2& blob);

/// How the points of a blob lie in memory.
struct BlobLayout {
  std::vector<pcl::PCLPointField> fields;
  std::uint32_t point_step = 0;
  std::uint32_t row_gap = 0;  ///< bytes after each row

  /// Appends a field after `gap` unused bytes.
  BlobLayout& add(const std::string& name, std::uint8_t datatype, std::uint32_t count = 1, std::uint32_t gap = 0);
  BlobLayout& end(std::uint32_t point_gap, std::uint32_t row_gap = 0);
};

pcl::PCLPointCloud2::Ptr blob_of(const Scene& scene, const BlobLayout& layout);

/// Clouds of a point type. All other fields hold numbers that tell the points apart.
template <typename PointT>
struct Points {
  using Point = PointT;
  using Cloud = pcl::PointCloud<PointT>;
  static constexpr bool is_blob = false;

  static typename Cloud::Ptr make(const Scene& scene) {
    const auto cloud = pcl::make_shared<Cloud>();
    cloud->resize(scene.points.size());
    const auto fields = pcl::getFields<PointT>();
    for (std::size_t i = 0; i < scene.points.size(); ++i) {
      PointT& point = (*cloud)[i];
      auto* bytes = reinterpret_cast<std::uint8_t*>(&point);
      for (std::size_t f = 0; f < fields.size(); ++f)
        std::memset(bytes + fields[f].offset, static_cast<int>(1 + (i * 5 + f) % 60),
                    static_cast<std::size_t>(pcl::getFieldSize(fields[f].datatype)) * fields[f].count);
      point.x = scene.points[i][0];
      point.y = scene.points[i][1];
      point.z = scene.points[i][2];
    }
    cloud->width = scene.width;
    cloud->height = scene.height;
    cloud->is_dense = scene.is_dense;
    cloud->header = scene.header;
    cloud->sensor_origin_ = scene.origin;
    cloud->sensor_orientation_ = scene.orientation;
    return cloud;
  }

  static Picture picture(const Cloud& cloud) {
    pcl::PCLPointCloud2 blob;
    pcl::toPCLPointCloud2(cloud, blob);
    Picture picture = picture_of(blob);
    picture.width = cloud.width;
    picture.height = cloud.height;
    if (static_cast<std::size_t>(cloud.width) * cloud.height != cloud.size())
      picture.flaw = "width x height is not size";
    picture.origin = cloud.sensor_origin_;
    picture.orientation = cloud.sensor_orientation_;
    return picture;
  }
};

/// Blobs of a layout.
template <typename Layout>
struct Blobs {
  using Point = pcl::PCLPointCloud2;
  using Cloud = pcl::PCLPointCloud2;
  static constexpr bool is_blob = true;

  static Cloud::Ptr make(const Scene& scene) { return blob_of(scene, Layout::layout()); }
  static Picture picture(const Cloud& cloud) { return picture_of(cloud); }
};

}  // namespace treewalk::test
