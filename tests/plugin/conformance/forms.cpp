// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/plugin/conformance/forms.h"

#include <cmath>
#include <ostream>

namespace treewalk::test {
namespace {

bool same_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

std::size_t bytes_of(const pcl::PCLPointField& field) {
  return static_cast<std::size_t>(pcl::getFieldSize(field.datatype)) * std::max<std::size_t>(1, field.count);
}

int axis_of(const std::string& name) { return name == "x" ? 0 : name == "y" ? 1 : name == "z" ? 2 : -1; }

}  // namespace

bool Picture::has_only_finite_points() const {
  for (const auto& point : position)
    for (const double value : point)
      if (!std::isfinite(value)) return false;
  return true;
}

Picture Picture::at(const pcl::Indices& indices) const {
  Picture result = *this;
  result.position.clear();
  result.others.clear();
  for (const auto index : indices) {
    result.position.push_back(position[static_cast<std::size_t>(index)]);
    result.others.push_back(others[static_cast<std::size_t>(index)]);
  }
  result.width = static_cast<std::uint32_t>(indices.size());
  result.height = 1;
  return result;
}

bool operator==(const Picture& a, const Picture& b) {
  if (a.width != b.width || a.height != b.height || a.fields != b.fields || a.flaw != b.flaw || a.others != b.others ||
      a.position.size() != b.position.size())
    return false;
  for (std::size_t i = 0; i < a.position.size(); ++i)
    for (std::size_t axis = 0; axis < 3; ++axis)
      if (!same_number(a.position[i][axis], b.position[i][axis])) return false;
  return true;
}

bool same_header_and_pose(const Picture& a, const Picture& b) {
  return a.header.frame_id == b.header.frame_id && a.header.seq == b.header.seq && a.header.stamp == b.header.stamp &&
         a.origin == b.origin && a.orientation.coeffs() == b.orientation.coeffs();
}

void PrintTo(const Picture& picture, std::ostream* stream) {
  *stream << picture.width << " x " << picture.height << " points (dense: " << picture.is_dense << ")";
  if (!picture.flaw.empty()) *stream << ", " << picture.flaw;
  for (const std::string& field : picture.fields) *stream << ", " << field;
  for (std::size_t i = 0; i < picture.position.size() && i < 30; ++i) {
    const auto& p = picture.position[i];
    *stream << "\n  " << i << ": " << p[0] << " " << p[1] << " " << p[2] << "  others:";
    for (std::size_t b = 0; b < picture.others[i].size() && b < 8; ++b) *stream << " " << int{picture.others[i][b]};
  }
}

Picture picture_of(const pcl::PCLPointCloud2& blob) {
  Picture picture;
  picture.width = blob.width;
  picture.height = blob.height;
  picture.is_dense = blob.is_dense != 0;
  picture.header = blob.header;
  picture.point_step = blob.point_step;
  picture.row_step = blob.row_step;
  picture.bytes = blob.data.size();
  for (const auto& field : blob.fields)
    picture.fields.push_back(field.name + " " + std::to_string(field.datatype) + " " +
                             std::to_string(std::max<std::size_t>(1, field.count)));
  const std::size_t points = static_cast<std::size_t>(blob.width) * blob.height;
  if (points == 0) return picture;
  const std::size_t row = blob.height == 1 ? 0 : blob.row_step;
  if (blob.data.size() < row * (blob.height - 1) + static_cast<std::size_t>(blob.width) * blob.point_step) {
    picture.flaw = std::to_string(blob.data.size()) + " bytes are too few";
    return picture;
  }
  for (std::size_t i = 0; i < points; ++i) {
    const std::uint8_t* record = blob.data.data() + i / blob.width * row + i % blob.width * blob.point_step;
    picture.position.push_back({0, 0, 0});
    picture.others.emplace_back();
    for (const auto& field : blob.fields) {
      const std::uint8_t* from = record + field.offset;
      const int axis = axis_of(field.name);
      if (axis < 0) {
        picture.others.back().insert(picture.others.back().end(), from, from + bytes_of(field));
      } else if (field.datatype == pcl::PCLPointField::FLOAT64) {
        std::memcpy(&picture.position.back()[static_cast<std::size_t>(axis)], from, 8);
      } else {
        float value = 0;
        std::memcpy(&value, from, 4);
        picture.position.back()[static_cast<std::size_t>(axis)] = value;
      }
    }
  }
  return picture;
}

BlobLayout& BlobLayout::add(const std::string& name, std::uint8_t datatype, std::uint32_t count, std::uint32_t gap) {
  pcl::PCLPointField field;
  field.name = name;
  field.offset = point_step + gap;
  field.datatype = datatype;
  field.count = count;
  fields.push_back(field);
  point_step = static_cast<std::uint32_t>(field.offset + bytes_of(field));
  return *this;
}

BlobLayout& BlobLayout::end(std::uint32_t point_gap, std::uint32_t gap_of_rows) {
  point_step += point_gap;
  row_gap = gap_of_rows;
  return *this;
}

pcl::PCLPointCloud2::Ptr blob_of(const Scene& scene, const BlobLayout& layout) {
  const pcl::PCLPointCloud2::Ptr blob(new pcl::PCLPointCloud2);
  blob->header = scene.header;
  blob->fields = layout.fields;
  blob->width = scene.width;
  blob->height = scene.height;
  blob->is_dense = scene.is_dense;
  blob->is_bigendian = false;
  blob->point_step = layout.point_step;
  blob->row_step = layout.point_step * scene.width + layout.row_gap;
  blob->data.assign(static_cast<std::size_t>(blob->row_step) * blob->height, 0xee);
  for (std::size_t i = 0; i < scene.points.size(); ++i) {
    std::uint8_t* record = blob->data.data() + i / scene.width * blob->row_step + i % scene.width * layout.point_step;
    for (std::size_t f = 0; f < layout.fields.size(); ++f) {
      const auto& field = layout.fields[f];
      const int axis = axis_of(field.name);
      const float value = axis < 0 ? 0 : scene.points[i][static_cast<std::size_t>(axis)];
      const double wide = value;
      if (axis < 0)
        std::memset(record + field.offset, static_cast<int>(1 + (i * 5 + f) % 60), bytes_of(field));
      else if (field.datatype == pcl::PCLPointField::FLOAT64)
        std::memcpy(record + field.offset, &wide, 8);
      else
        std::memcpy(record + field.offset, &value, 4);
    }
  }
  return blob;
}

}  // namespace treewalk::test
