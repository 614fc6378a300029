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

/// The extent of the middle half of the points, along the axis where it is longest.
double middle_half(const float* position, std::int64_t size) {
  double longest = 0;
  std::vector<float> value(static_cast<std::size_t>(size));
  for (int axis = 0; axis < 3; ++axis) {
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = position[3 * i + static_cast<std::size_t>(axis)];
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

}  // namespace

bool check_squares(const at::Tensor& position) {
  const std::int64_t size = position.size(0);
  const double extent = size == 0 ? 0 : bounds_of_points(position).longest_side();
  if (extent > 0 && extent < kSmallest) refuse("the outermost points", extent);
  if (extent <= kLargest) return true;
  const double middle = middle_half(in(position), size);
  if (middle > kLargest) refuse("half of the points", middle);
  return false;
}

}  // namespace treewalk
