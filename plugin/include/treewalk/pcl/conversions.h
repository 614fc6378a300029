// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/PCLPointCloud2.h>
#include <pcl/conversions.h>
#include <pcl/point_cloud.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {
/// \addtogroup io
/// @{

/// The same fields in treewalk's terms, in the same order. PCL's bool becomes uint8.
/// Throws Error for a type that does not exist.
/// \param fields of a blob
/// \return as many fields
TREEWALK_EXPORT std::vector<Field> fieldsOf(const std::vector<pcl::PCLPointField>& fields);

/// Borrows the points: every field of PointT where it lies.
/// \param cloud must outlive the view and stay as it is
/// \return all of its points
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

/// Borrows the points of a blob: any field order, types and padding. Where rows end in padding, or numbers are
/// big-endian, the points are copied into `packed` (unused otherwise), without gaps and as this machine has numbers.
/// Both must outlive the view. Fields of a type that does not exist are left out, but for positions. A `row_step` that
/// is 0 or that of another shape does not matter where the data are as many as the points need. A blob carries no
/// viewpoint: it is 0, 0, 0. Throws Error for a blob that contradicts itself (fields or rows beyond its data).
/// \param blob the points
/// \param[out] packed memory for them where it is needed
/// \return all of its points
TREEWALK_EXPORT CloudView viewOf(const pcl::PCLPointCloud2& blob, std::vector<std::byte>& packed);

/// Whether every x, y and z is finite.
/// \param view the points
/// \return true also where a coordinate is missing
TREEWALK_EXPORT bool isDense(const CloudView& view);

/// Copies a blob. Throws Error for one that contradicts itself.
/// \param blob the points; its header and padding are left out
/// \param[out] cloud the same points as viewOf shows, with the viewpoint at 0, 0, 0
TREEWALK_EXPORT void fromPCLPointCloud2(const pcl::PCLPointCloud2& blob, Cloud& cloud);
/// Copies to a blob, which has no place for the viewpoint. Throws Error where a cloud cannot be said in a blob's terms.
/// \param cloud the points
/// \param[out] blob the same points; its header is left alone, `is_dense` says whether every x, y and z is finite
TREEWALK_EXPORT void toPCLPointCloud2(const Cloud& cloud, pcl::PCLPointCloud2& blob);

/// An origin near the points, from which float holds their coordinates to a fraction of a millimetre in metres:
/// the median of the finite ones on each axis, in whole thousands.
/// \param view the points
/// \return 0 for an axis whose coordinates are float32 already, or are missing, and for an empty cloud
TREEWALK_EXPORT std::array<double, 3> originOf(const CloudView& view);

namespace detail {
/// Throws Error where points are asked for a position that they do not have.
/// \param view the points; none of them do without
/// \param wanted the fields of a point
TREEWALK_EXPORT void checkPositions(const CloudView& view, const std::vector<Field>& wanted);

/// The same, and PCL_WARN names the other fields that are missing.
/// \param name of the cloud, for messages
/// \param view the cloud
/// \param wanted the fields of a point
TREEWALK_EXPORT void checkFields(const std::string& name, const CloudView& view, const std::vector<Field>& wanted);

/// Writes the number at `source` of type `from` to `target` as a number of type `to`, less `shift`: bit by bit where
/// the types agree and nothing is subtracted (packed colours are no numbers), rounded as C++ does otherwise; a whole
/// number that the target cannot hold becomes the nearest one.
/// \param source where the number is
/// \param from its type
/// \param[out] target where it goes
/// \param to the type there
/// \param shift what is subtracted
TREEWALK_EXPORT void copyValue(const std::byte* source, Scalar from, std::byte* target, Scalar to, double shift);

/// The field that a field of a point is copied from.
/// \param from the cloud
/// \param target the point's field
/// \return that of its name and count, of rgb and rgba else the other of both; or nullptr
TREEWALK_EXPORT const Field* sourceOf(const CloudView& from, const Field& target);

/// Copies a field of all points as toPointCloud says.
/// \param from the points
/// \param source one of their fields
/// \param[out] to as many records
/// \param stride bytes of one of them
/// \param target a field of theirs, of the same count
/// \param shift what is subtracted from each value
TREEWALK_EXPORT void copyField(const CloudView& from, const Field& source, std::byte* to, std::size_t stride,
                               const Field& target, double shift);
}  // namespace detail

/// Copies the fields that PointT has too, by name, as PointT stores them; others are left at PointT's defaults, but
/// points without x, y or z, where PointT has them, are an error: Error is thrown, and `points` stays as it was. PCL's
/// own readers leave coordinates at zero that are double, as georeferenced ones are: here x, y and z become float after
/// `origin` was subtracted in double. Organisation and, less the origin, the viewpoint stay. rgb and rgba stand
/// for each other (an rgb is opaque). A label that is negative or NaN, which means none, becomes 4294967295: the bits
/// of -1, and no class.
/// \param cloud as read from a file
/// \param[out] points the same number of points
/// \param origin what is subtracted from x, y and z
template <typename PointT>
void toPointCloud(const Cloud& cloud, pcl::PointCloud<PointT>& points,
                  const std::array<double, 3>& origin = {0, 0, 0}) {
  detail::checkPositions(cloud.view(), viewOf(points).fields);
  points.clear();
  points.resize(static_cast<std::size_t>(cloud.size()));
  points.width = static_cast<std::uint32_t>(cloud.width);
  points.height = static_cast<std::uint32_t>(cloud.height);
  const CloudView from = cloud.view(), to = viewOf(points);
  auto* const records = reinterpret_cast<std::byte*>(points.points.data());
  points.is_dense = true;
  for (const Field& target : to.fields) {
    const Field* source = detail::sourceOf(from, target);
    if (source == nullptr) continue;
    const bool position = target.name == "x" || target.name == "y" || target.name == "z";
    const double shift = position ? origin[static_cast<std::size_t>(target.name[0] - 'x')] : 0;
    for (std::int64_t i = 0; position && i < from.size; ++i)
      if (!std::isfinite(from.value(i, *source))) points.is_dense = false;
    detail::copyField(from, *source, records, sizeof(PointT), target, shift);
  }
  for (int a = 0; a < 3; ++a)
    points.sensor_origin_[a] =
        static_cast<float>(cloud.viewpoint[static_cast<std::size_t>(a)] - origin[static_cast<std::size_t>(a)]);
}

/// @}
}  // namespace treewalk
