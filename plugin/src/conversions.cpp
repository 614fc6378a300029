// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/conversions.h"

#include <pcl/common/io.h>
#include <pcl/console/print.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <type_traits>
#include <utility>

#include "treewalk/detail/numbers.h"

namespace treewalk {
namespace {

std::uint8_t datatype_of(Scalar type) {
  return detail::with_number(type, [](auto number) { return pcl::traits::asEnum_v<decltype(number)>; });
}

Scalar scalar_of(const pcl::PCLPointField& field) {
  for (const Scalar type : {Scalar::int8, Scalar::uint8, Scalar::int16, Scalar::uint16, Scalar::int32, Scalar::uint32,
                            Scalar::int64, Scalar::uint64, Scalar::float32, Scalar::float64})
    if (datatype_of(type) == field.datatype) return type;
  if (field.datatype == pcl::PCLPointField::BOOL) return Scalar::uint8;
  throw Error("the field '" + field.name + "' has the unknown type " + std::to_string(field.datatype));
}

}  // namespace

std::vector<Field> fieldsOf(const std::vector<pcl::PCLPointField>& fields) {
  std::vector<Field> result;
  result.reserve(fields.size());
  for (const auto& field : fields)  // PCL reads a count of 0 as 1
    result.push_back({field.name, field.offset, scalar_of(field), std::max<std::size_t>(1, field.count)});
  return result;
}

namespace {

// The fields whose type exists. Drivers leave the type of fields that they do not fill at 0; only positions cannot do
// without it.
std::vector<Field> fields_of_a_type(const std::vector<pcl::PCLPointField>& fields) {
  std::vector<pcl::PCLPointField> known;
  for (const auto& field : fields) {
    const bool position = field.name == "x" || field.name == "y" || field.name == "z";
    if (position || pcl::getFieldSize(field.datatype) > 0) known.push_back(field);
  }
  return fieldsOf(known);
}

// Bytes from one row to the next. In blobs of one row, and in those that were reshaped, row_step is often 0 or that of
// another shape: then the data tell by their size that there are no gaps.
std::size_t bytes_of_row(const pcl::PCLPointCloud2& blob) {
  const std::size_t width = blob.width, height = blob.height, row = blob.row_step;
  const std::size_t packed = width * blob.point_step, bytes = blob.data.size();
  if (height == 1 && bytes >= packed) return packed;
  if (row >= packed && bytes >= row * (height - 1) + packed) return row;
  if (bytes == packed * height || (row == 0 && bytes > packed * height)) return packed;
  throw Error("the blob holds " + std::to_string(bytes) + " bytes in rows of " +
              std::to_string(height == 1 ? packed : row) + ", too few for " + std::to_string(width) + " x " +
              std::to_string(height) + " points of " + std::to_string(blob.point_step) + " bytes");
}

// Turns the bytes of every number around, once also where two fields share it, as rgb and rgba do.
void turn_numbers(const CloudView& view, std::byte* data) {
  std::set<std::pair<std::size_t, std::size_t>> numbers;  // offset and size
  for (const Field& field : view.fields)
    for (std::size_t e = 0; e < field.count; ++e)
      numbers.emplace(field.offset + e * size_of(field.type), size_of(field.type));
  std::size_t end = 0;
  for (const auto& [offset, size] : numbers) {
    if (offset < end) throw Error("the blob holds big-endian numbers in fields that share some of their bytes");
    end = offset + size;
  }
  for (std::int64_t i = 0; i < view.size; ++i, data += view.stride)
    for (const auto& [offset, size] : numbers) std::reverse(data + offset, data + offset + size);
}

}  // namespace

CloudView viewOf(const pcl::PCLPointCloud2& blob, std::vector<std::byte>& packed) {
  CloudView view;
  view.fields = fields_of_a_type(blob.fields);
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
  const std::size_t row = bytes_of_row(blob);
  view.data = reinterpret_cast<const std::byte*>(blob.data.data());
  if (row == width * step && !blob.is_bigendian) return view;
  packed.resize(width * step * height);
  for (std::size_t i = 0; i < height; ++i)
    std::memcpy(packed.data() + i * width * step, view.data + i * row, width * step);
  if (blob.is_bigendian) turn_numbers(view, packed.data());
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

}  // namespace

void detail::copyValue(const std::byte* source, Scalar from, std::byte* target, Scalar to, double shift) {
  if (from == to && shift == 0) {
    std::memcpy(target, source, size_of(from));
    return;
  }
  const double value = number_at(source, from) - shift;
  with_number(to, [&](auto number) { store<decltype(number)>(target, value); });
}

namespace {

bool is_packed_color(const Field& field) {
  return (field.name == "rgb" || field.name == "rgba") && field.count == 1 && size_of(field.type) == 4;
}

bool is_whole(Scalar type) { return type != Scalar::float32 && type != Scalar::float64; }

// What is no label, as numbers without a sign have it: the bits of -1, which are no class's.
void copy_label(const std::byte* from, Scalar source, std::byte* to, Scalar target) {
  const double value = detail::number_at(from, source);
  if (std::isnan(value) || value < 0)
    std::memset(to, 0xff, size_of(target));
  else
    detail::copyValue(from, source, to, target, 0);
}

bool is_position(const Field& field) { return field.name == "x" || field.name == "y" || field.name == "z"; }

}  // namespace

std::array<double, 3> originOf(const CloudView& view) {
  std::array<double, 3> origin{0, 0, 0};
  std::vector<double> finite;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const Field* field = view.find(std::string(1, "xyz"[axis]));
    if (field == nullptr || field->type == Scalar::float32) continue;
    finite.clear();
    for (std::int64_t i = 0; i < view.size; ++i)
      if (const double value = view.value(i, *field); std::isfinite(value)) finite.push_back(value);
    if (finite.empty()) continue;
    const auto middle = finite.begin() + static_cast<std::ptrdiff_t>(finite.size() / 2);
    std::nth_element(finite.begin(), middle, finite.end());
    origin[axis] = 1000 * std::round(*middle / 1000) + 0.0;  // no -0
  }
  return origin;
}

void detail::checkPositions(const CloudView& view, const std::vector<Field>& wanted) {
  if (view.size == 0) return;
  for (const Field& target : wanted)
    if (is_position(target) && sourceOf(view, target) == nullptr && view.at(target.name).count != 1)
      throw Error("the field '" + target.name + "' holds " + std::to_string(view.at(target.name).count) +
                  " values, where a coordinate is one");
}

void detail::checkFields(const std::string& name, const CloudView& view, const std::vector<Field>& wanted) {
  try {
    checkPositions(view, wanted);
  } catch (const Error& error) {
    throw Error(name + ": " + error.what());
  }
  for (const Field& target : wanted)
    if (!is_position(target) && sourceOf(view, target) == nullptr)
      PCL_WARN("[treewalk::loadCloud] %s has no field '%s'; the points' own stays at its default\n", name.c_str(),
               target.name.c_str());
}

const Field* detail::sourceOf(const CloudView& from, const Field& target) {
  const Field* source = from.find(target.name);
  if (source == nullptr && is_packed_color(target)) source = from.find(target.name == "rgb" ? "rgba" : "rgb");
  return source != nullptr && source->count == target.count ? source : nullptr;
}

void detail::copyField(const CloudView& from, const Field& source, std::byte* to, std::size_t stride,
                       const Field& target, double shift) {
  const bool color = is_packed_color(source) && is_packed_color(target);
  const bool opaque = color && source.name == "rgb" && target.name == "rgba";  // a colour without alpha
  const bool label = target.name == "label" && is_whole(target.type);
  for (std::int64_t i = 0; i < from.size; ++i)
    for (std::size_t e = 0; e < target.count; ++e) {
      const std::byte* value =
          from.data + static_cast<std::size_t>(i) * from.stride + source.offset + e * size_of(source.type);
      std::byte* place = to + static_cast<std::size_t>(i) * stride + target.offset + e * size_of(target.type);
      if (color) {
        std::memcpy(place, value, 4);
        if (opaque) place[3] = std::byte{255};
      } else if (label) {
        copy_label(value, source.type, place, target.type);
      } else {
        copyValue(value, source.type, place, target.type, shift);
      }
    }
}

}  // namespace treewalk
