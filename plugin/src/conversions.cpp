// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/conversions.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace treewalk {
namespace {

Scalar scalar_of(const pcl::PCLPointField& field) {
  switch (field.datatype) {
    case pcl::PCLPointField::INT8:
      return Scalar::int8;
    case pcl::PCLPointField::BOOL:
    case pcl::PCLPointField::UINT8:
      return Scalar::uint8;
    case pcl::PCLPointField::INT16:
      return Scalar::int16;
    case pcl::PCLPointField::UINT16:
      return Scalar::uint16;
    case pcl::PCLPointField::INT32:
      return Scalar::int32;
    case pcl::PCLPointField::UINT32:
      return Scalar::uint32;
    case pcl::PCLPointField::INT64:
      return Scalar::int64;
    case pcl::PCLPointField::UINT64:
      return Scalar::uint64;
    case pcl::PCLPointField::FLOAT32:
      return Scalar::float32;
    case pcl::PCLPointField::FLOAT64:
      return Scalar::float64;
  }
  throw Error("the field '" + field.name + "' has the unknown type " + std::to_string(field.datatype));
}

std::uint8_t datatype_of(Scalar type) {
  switch (type) {
    case Scalar::int8:
      return pcl::PCLPointField::INT8;
    case Scalar::uint8:
      return pcl::PCLPointField::UINT8;
    case Scalar::int16:
      return pcl::PCLPointField::INT16;
    case Scalar::uint16:
      return pcl::PCLPointField::UINT16;
    case Scalar::int32:
      return pcl::PCLPointField::INT32;
    case Scalar::uint32:
      return pcl::PCLPointField::UINT32;
    case Scalar::int64:
      return pcl::PCLPointField::INT64;
    case Scalar::uint64:
      return pcl::PCLPointField::UINT64;
    case Scalar::float32:
      return pcl::PCLPointField::FLOAT32;
    case Scalar::float64:
      return pcl::PCLPointField::FLOAT64;
  }
  throw Error("unknown scalar type " + std::to_string(static_cast<int>(type)));
}

}  // namespace

std::vector<Field> fieldsOf(const std::vector<pcl::PCLPointField>& fields) {
  std::vector<Field> result;
  result.reserve(fields.size());
  for (const auto& field : fields)  // PCL reads a count of 0 as 1
    result.push_back({field.name, field.offset, scalar_of(field), std::max<std::size_t>(1, field.count)});
  return result;
}

CloudView viewOf(const pcl::PCLPointCloud2& blob, std::vector<std::byte>& packed) {
  CloudView view;
  view.fields = fieldsOf(blob.fields);
  view.stride = blob.point_step;
  const std::size_t step = blob.point_step, width = blob.width, height = blob.height;
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<pcl::index_t>::max());
  if (width > 0 && height > most / width)
    throw Error("the blob says that it has " + std::to_string(width) + " x " + std::to_string(height) +
                " points, more than indices can count");
  view.size = static_cast<std::int64_t>(width * height);
  if (step == 0 && view.size > 0) throw Error("the blob's points have 0 bytes");
  for (const Field& field : view.fields)
    if (field.offset > step || field.count > (step - field.offset) / size_of(field.type))
      throw Error("the field '" + field.name + "' is not within a point's " + std::to_string(step) + " bytes");
  if (view.size == 0) return view;
  if (blob.is_bigendian) throw Error("the blob holds big-endian numbers");
  // A row_step of 0 is common in blobs of one row.
  const std::size_t row = height == 1 ? width * step : blob.row_step;
  if (row < width * step || blob.data.size() < row * (height - 1) + width * step)
    throw Error("the blob holds " + std::to_string(blob.data.size()) + " bytes in rows of " + std::to_string(row) +
                ", too few for " + std::to_string(width) + " x " + std::to_string(height) + " points of " +
                std::to_string(step) + " bytes");
  view.data = reinterpret_cast<const std::byte*>(blob.data.data());
  if (row == width * step) return view;
  packed.resize(width * step * height);
  for (std::size_t i = 0; i < height; ++i)
    std::memcpy(packed.data() + i * width * step, view.data + i * row, width * step);
  view.data = packed.data();
  return view;
}

bool isDense(const CloudView& view) {
  for (const char* name : {"x", "y", "z"}) {
    const Field* field = view.find(name);
    for (std::int64_t i = 0; field != nullptr && i < view.size; ++i)
      if (!std::isfinite(view.value(i, *field))) return false;
  }
  return true;
}

void fromPCLPointCloud2(const pcl::PCLPointCloud2& blob, Cloud& cloud) {
  std::vector<std::byte> packed;
  const CloudView view = viewOf(blob, packed);
  cloud = Cloud();
  cloud.fields = view.fields;
  cloud.stride = view.stride;
  if (view.size == 0) return;
  cloud.width = blob.width;
  cloud.height = blob.height;
  if (packed.empty())
    cloud.data.assign(view.data, view.data + view.stride * static_cast<std::size_t>(view.size));
  else
    cloud.data = std::move(packed);
}

void toPCLPointCloud2(const Cloud& cloud, pcl::PCLPointCloud2& blob) {
  constexpr std::size_t most = std::numeric_limits<pcl::uindex_t>::max();
  if (static_cast<std::size_t>(cloud.width) > most / std::max<std::size_t>(1, cloud.stride))
    throw Error("a row of " + std::to_string(cloud.width) + " points is too long for a PCLPointCloud2");
  blob.fields.clear();
  for (const Field& field : cloud.fields) {
    pcl::PCLPointField converted;
    converted.name = field.name;
    converted.offset = static_cast<pcl::uindex_t>(field.offset);
    converted.datatype = datatype_of(field.type);
    converted.count = static_cast<pcl::uindex_t>(field.count);
    blob.fields.push_back(converted);
  }
  blob.width = static_cast<pcl::uindex_t>(cloud.width);
  blob.height = static_cast<pcl::uindex_t>(cloud.height);
  blob.point_step = static_cast<pcl::uindex_t>(cloud.stride);
  blob.row_step = static_cast<pcl::uindex_t>(cloud.stride * static_cast<std::size_t>(cloud.width));
  blob.is_bigendian = false;
  blob.is_dense = isDense(cloud.view());
  const auto* data = reinterpret_cast<const std::uint8_t*>(cloud.data.data());
  blob.data.assign(data, data + cloud.data.size());
}

namespace {

template <typename Number>
double load(const std::byte* source) {
  Number number;
  std::memcpy(&number, source, sizeof number);
  return static_cast<double>(number);
}

template <typename Number>
void store(std::byte* target, double value) {
  if constexpr (std::is_integral_v<Number>) {
    // The largest 64-bit numbers have no double of their own, so the bounds are compared before the conversion.
    const double low = static_cast<double>(std::numeric_limits<Number>::min());
    const double high = static_cast<double>(std::numeric_limits<Number>::max());
    const Number number = !(value > low)  ? std::numeric_limits<Number>::min()
                          : value >= high ? std::numeric_limits<Number>::max()
                                          : static_cast<Number>(value);
    std::memcpy(target, &number, sizeof number);
  } else {
    const auto number = static_cast<Number>(value);
    std::memcpy(target, &number, sizeof number);
  }
}

/// Calls use(Number{}) with the type's number.
template <typename Use>
auto with_type(Scalar type, const Use& use) {
  switch (type) {
    case Scalar::int8:
      return use(std::int8_t{});
    case Scalar::uint8:
      return use(std::uint8_t{});
    case Scalar::int16:
      return use(std::int16_t{});
    case Scalar::uint16:
      return use(std::uint16_t{});
    case Scalar::int32:
      return use(std::int32_t{});
    case Scalar::uint32:
      return use(std::uint32_t{});
    case Scalar::int64:
      return use(std::int64_t{});
    case Scalar::uint64:
      return use(std::uint64_t{});
    case Scalar::float32:
      return use(float{});
    case Scalar::float64:
      break;
  }
  return use(double{});
}

}  // namespace

void detail::copyValue(const std::byte* source, Scalar from, std::byte* target, Scalar to, double shift) {
  if (from == to && shift == 0) {
    std::memcpy(target, source, size_of(from));
    return;
  }
  const double value = with_type(from, [&](auto number) { return load<decltype(number)>(source); }) - shift;
  with_type(to, [&](auto number) { store<decltype(number)>(target, value); });
}

}  // namespace treewalk
