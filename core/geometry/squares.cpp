// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/squares.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "core/device/in_out.h"
#include "core/geometry/bounds.h"
#include "treewalk/cloud.h"

namespace treewalk {
namespace {

constexpr double kSmallest = 0x1p-50;  // steps of a thousandth of it still have squares with all their bits
constexpr double kLargest = 0x1p63;    // the square of a cube's diagonal is just below float32's largest number

/// The extent of the middle half of the rows [size,columns], along the column where it is longest.
template <class T>
double middle_half(const T* row, std::int64_t size, std::int64_t columns) {
  double longest = 0;
  std::vector<T> value(static_cast<std::size_t>(size));
  for (std::int64_t column = 0; column < columns; ++column) {
    for (std::int64_t i = 0; i < size; ++i) value[static_cast<std::size_t>(i)] = row[columns * i + column];
    const auto quarter = static_cast<std::ptrdiff_t>((value.size() - 1) / 4);
    const auto first = value.begin() + quarter, last = value.end() - 1 - quarter;
    std::nth_element(value.begin(), first, value.end());
    const double lower = *first;
    std::nth_element(value.begin(), last, value.end());
    longest = std::max(longest, *last - lower);
  }
  return longest;
}

[[noreturn]] void refuse(const std::string& points, double extent) {
  std::ostringstream number;
  number << extent;
  throw Error(points + " lie " + number.str() +
              " units apart, whose square float32 does not hold; scale the coordinates");
}

template <class T>
bool check(const T* row, std::int64_t size, std::int64_t columns, double extent) {
  if (extent > 0 && extent < kSmallest) refuse("the outermost points", extent);
  if (extent <= kLargest) return true;
  const double middle = middle_half(row, size, columns);
  if (middle > kLargest) refuse("half of the points", middle);
  return false;
}

}  // namespace

bool check_squares(const at::Tensor& position) {
  const std::int64_t size = position.size(0);
  if (size == 0) return true;
  return check(static_cast<const float*>(in(position)), size, 3, bounds_of_points(position).longest_side());
}

bool check_squares(const float* row, std::int64_t rows, std::int64_t columns, double extent) {
  return check(row, rows, columns, extent);
}
bool check_squares(const double* row, std::int64_t rows, std::int64_t columns, double extent) {
  return check(row, rows, columns, extent);
}

}  // namespace treewalk
