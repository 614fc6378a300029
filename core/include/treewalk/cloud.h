// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "treewalk/export.h"

namespace treewalk {

/// Every failure that treewalk reports: one sentence that says what was found, where, and what to do.
class TREEWALK_EXPORT Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Raised when a progress callback returned false.
class TREEWALK_EXPORT Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled") {}
};

enum class Scalar : std::uint8_t { int8, uint8, int16, uint16, int32, uint32, float32, float64, int64, uint64 };

/// Bytes of one value of the type.
TREEWALK_EXPORT std::size_t size_of(Scalar type);

/// One named value (or count values in a row) of a point record.
struct Field {
  std::string name;
  std::size_t offset = 0;  ///< bytes from the start of the record
  Scalar type = Scalar::float32;
  std::size_t count = 1;
};

/// Borrowed view of point records: any field order, type and padding; the data must outlive the view.
/// A record is `stride` bytes; fields named x, y, z (float32 or float64) hold the position.
struct TREEWALK_EXPORT CloudView {
  const std::byte* data = nullptr;
  std::int64_t size = 0;
  std::size_t stride = 0;
  std::vector<Field> fields;
  std::array<double, 3> viewpoint{0, 0, 0};  ///< sensor origin, in the frame of the points

  /// The field of that name, or nullptr.
  const Field* find(std::string_view name) const;
  /// Value `element` of `field` at `point`, converted to double. No bounds are checked.
  double value(std::int64_t point, const Field& field, std::size_t element = 0) const;
};

/// Point records with their own memory, as read from a file. Organised when height > 1.
struct TREEWALK_EXPORT Cloud {
  std::vector<std::byte> data;
  std::size_t stride = 0;
  std::vector<Field> fields;
  std::int64_t width = 0;
  std::int64_t height = 1;
  std::array<double, 3> viewpoint{0, 0, 0};
  std::array<double, 4> orientation{1, 0, 0, 0};  ///< sensor orientation, quaternion w x y z

  std::int64_t size() const { return width * height; }
  CloudView view() const { return {data.data(), size(), stride, fields, viewpoint}; }
  /// Appends a field to every record (or overwrites the values of one with the same name and type).
  /// values: size() numbers. Throws Error when a field of that name exists with another type or count.
  void set_field(const std::string& name, const std::vector<std::uint32_t>& values);
  void set_field(const std::string& name, const std::vector<float>& values);
  /// Removes the field of that name from every record; nothing happens when there is none.
  void remove_field(const std::string& name);
};

}  // namespace treewalk
