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
/// \addtogroup core
/// @{

/// Every failure that treewalk reports: one sentence that says what was found, where, and what to do.
class TREEWALK_EXPORT Error : public std::runtime_error {
 public:
  /// From the sentence that what() gives back.
  using std::runtime_error::runtime_error;
};

/// Raised when a progress callback returned false.
class TREEWALK_EXPORT Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled") {}  ///< Its sentence is "cancelled".
};

/// Type of the numbers of a field.
enum class Scalar : std::uint8_t {
  int8,     ///< 1 byte, signed
  uint8,    ///< 1 byte
  int16,    ///< 2 bytes, signed
  uint16,   ///< 2 bytes
  int32,    ///< 4 bytes, signed
  uint32,   ///< 4 bytes
  float32,  ///< 4 bytes
  float64,  ///< 8 bytes
  int64,    ///< 8 bytes, signed
  uint64    ///< 8 bytes
};

/// How large a value is.
/// \param type a type of numbers
/// \return bytes of one value of the type
TREEWALK_EXPORT std::size_t size_of(Scalar type);

/// One named value (or count values in a row) of a point record.
struct Field {
  std::string name;               ///< as in the file, such as "x"
  std::size_t offset = 0;         ///< bytes from the start of the record
  Scalar type = Scalar::float32;  ///< of each value
  std::size_t count = 1;          ///< values in a row
};

/// Borrowed view of point records: any field order, type and padding; the data must outlive the view.
/// A record is `stride` bytes; fields named x, y, z, or else X, Y, Z (float32 or float64) hold the position.
struct TREEWALK_EXPORT CloudView {
  const std::byte* data = nullptr;           ///< the first record
  std::int64_t size = 0;                     ///< number of points
  std::size_t stride = 0;                    ///< bytes of a record
  std::vector<Field> fields;                 ///< in any order; bytes that belong to none are padding
  std::array<double, 3> viewpoint{0, 0, 0};  ///< sensor origin, in the frame of the points

  /// Looks a field up that need not be there.
  /// \param name as it is written
  /// \return the first field of that name; of x, y and z, where there is none, of X, Y and Z; or nullptr
  const Field* find(std::string_view name) const;
  /// Looks up a field that must be there. Throws Error for a cloud without it, saying which fields there are, and for a
  /// field that reaches beyond the record.
  /// \param name as it is written
  /// \param need who needs the field, such as "which training needs", for the error; may be empty
  /// \return what find gives
  const Field& at(std::string_view name, std::string_view need = {}) const;
  /// One number of a record. No bounds are checked.
  /// \param point which record
  /// \param field one of `fields`
  /// \param element which of the field's values
  /// \return the value, converted to double
  double value(std::int64_t point, const Field& field, std::size_t element = 0) const;
};

/// Point records with their own memory, as read from a file. Organised when height > 1.
struct TREEWALK_EXPORT Cloud {
  std::vector<std::byte> data;                    ///< size() records, row by row
  std::size_t stride = 0;                         ///< bytes of a record
  std::vector<Field> fields;                      ///< in any order
  std::int64_t width = 0;                         ///< points in a row
  std::int64_t height = 1;                        ///< rows
  std::array<double, 3> viewpoint{0, 0, 0};       ///< sensor origin, in the frame of the points
  std::array<double, 4> orientation{1, 0, 0, 0};  ///< sensor orientation, quaternion w x y z

  /// \return number of points
  std::int64_t size() const { return width * height; }
  /// \return all points, borrowed: the cloud must outlive the view and stay as it is
  CloudView view() const { return {data.data(), size(), stride, fields, viewpoint}; }
  /// Appends a field to every record (or overwrites the values of one with the same name and type).
  /// Throws Error when a field of that name exists with another type or count.
  /// \param name of the field
  /// \param values size() numbers, one for each point
  void set_field(const std::string& name, const std::vector<std::uint32_t>& values);
  /// \copydoc set_field(const std::string&,const std::vector<std::uint32_t>&)
  void set_field(const std::string& name, const std::vector<float>& values);
  /// Removes a field from every record; nothing happens when there is none.
  /// \param name of the field
  void remove_field(const std::string& name);
};

/// @}
}  // namespace treewalk
