// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/las/point_format.h"

namespace treewalk {

const PointFormat& point_format(int id) {
  static const PointFormat formats[kPointFormats] = {
      {0, 20, 0, 0, 0, 0},    {1, 28, 20, 0, 0, 0},   {2, 26, 0, 20, 0, 0},     {3, 34, 20, 28, 0, 0},
      {4, 57, 20, 0, 0, 28},  {5, 63, 20, 28, 0, 34}, {6, 30, 22, 0, 0, 0},     {7, 36, 22, 30, 0, 0},
      {8, 38, 22, 30, 36, 0}, {9, 59, 22, 0, 0, 30},  {10, 67, 22, 30, 36, 38},
  };
  return formats[id];
}

unsigned class_of(const PointFormat& format, const std::byte* record) {
  return format.extended() ? std::to_integer<unsigned>(record[kClass])
                           : std::to_integer<unsigned>(record[kOldClass]) & 31U;
}

unsigned flags_of(const PointFormat& format, const std::byte* record) {
  return format.extended() ? std::to_integer<unsigned>(record[kFlags]) & 15U
                           : std::to_integer<unsigned>(record[kOldClass]) >> 5;
}

void set_class(const PointFormat& format, std::byte* record, unsigned value) {
  if (format.extended())
    record[kClass] = static_cast<std::byte>(value);
  else
    record[kOldClass] = (record[kOldClass] & std::byte{0xE0}) | static_cast<std::byte>(value & 31U);
}

std::array<unsigned, 2> returns_of(const PointFormat& format, const std::byte* record) {
  const unsigned bits = std::to_integer<unsigned>(record[kReturns]);
  if (format.extended()) return {bits & 15U, bits >> 4};
  return {bits & 7U, (bits >> 3) & 7U};
}

}  // namespace treewalk
