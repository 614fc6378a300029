// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/kd_order.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/geometry/box_tree_arrays.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 15;

/// A point in one register, which the compiler would else move in parts.
using Whole = float __attribute__((vector_size(16), may_alias));
Whole whole(const IndexedPoint& point) { return *reinterpret_cast<const Whole*>(&point); }

/// A range of points, and as much memory to work in.
struct Range {
  IndexedPoint *point, *spare;
  std::int64_t size;

  Range from(std::int64_t first) const { return {point + first, spare + first, size - first}; }
  Range until(std::int64_t end) const { return {point, spare, end}; }
};

/// Brings those that `before` chooses to the front, and returns how many. Without a branch: every other one would be
/// mispredicted; each point is written to both places where it could belong.
template <class Before>
std::int64_t partition(const Range& range, int axis, const Before& before) {
  const IndexedPoint* const from = range.point;
  auto *const front = reinterpret_cast<Whole*>(range.point), *const back = reinterpret_cast<Whole*>(range.spare);
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < range.size; ++i) {
    const bool chosen = before(from[i].at[axis]);
    const Whole one = whole(from[i]);
    back[i - count] = one;
    front[count] = one;
    count += chosen;
  }
  std::copy(back, back + (range.size - count), front + count);
  return count;
}

/// A value of some point that should leave little between it and the k-th, on the side where fewer points are.
float pivot(const Range& range, std::int64_t k, int axis) {
  constexpr std::int64_t kFewest = 5, kMost = 63;
  float value[kMost];
  const std::int64_t count = std::clamp(range.size / 64 | 1, kFewest, kMost);
  for (std::int64_t i = 0; i < count; ++i) value[i] = range.point[(2 * i + 1) * range.size / (2 * count)].at[axis];
  const std::int64_t rank = k * count / range.size, margin = count / 10;
  const std::int64_t wanted =
      std::clamp<std::int64_t>(2 * k < range.size ? rank + margin : rank - margin, 0, count - 1);
  std::nth_element(value, value + wanted, value + count);
  return value[wanted];
}

/// Brings the k lowest along the axis to the front. 0 < k < size.
void select(Range range, std::int64_t k, int axis) {
  while (k > 0 && k < range.size) {
    const float middle = pivot(range, k, axis);
    const auto below = [=](float x) { return x < middle; };
    const auto not_above = [=](float x) { return x <= middle; };
    if (2 * k < range.size) {
      const std::int64_t count = partition(range, axis, below);
      if (k <= count) {
        range = range.until(count);
        continue;
      }
      // Where none is below, those that equal the pivot go to the front, so that what remains is always less.
      const std::int64_t first = count > 0 ? count : partition(range, axis, not_above);
      if (count == 0 && k <= first) return;
      range = range.from(first);
      k -= first;
    } else {
      const std::int64_t count = partition(range, axis, not_above);
      if (k >= count) {
        range = range.from(count);
        k -= count;
        continue;
      }
      const std::int64_t end = count < range.size ? count : partition(range, axis, below);
      if (count == range.size && k >= end) return;
      range = range.until(end);
    }
  }
}

int longest_axis(const IndexedPoint* point, std::int64_t size) {
  Whole lower = whole(point[0]), upper = lower;  // the fourth, the index, means nothing here
  for (std::int64_t i = 1; i < size; ++i) {
    const Whole at = whole(point[i]);
    lower = at < lower ? at : lower;
    upper = at > upper ? at : upper;
  }
  int longest = 0;
  for (int axis = 1; axis < 3; ++axis)
    if (double{upper[axis]} - lower[axis] > double{upper[longest]} - lower[longest]) longest = axis;
  return longest;
}

/// Splits some blocks in two halves; returns how many points the first has, or 0 for a single leaf.
std::int64_t split(const Range& range) {
  if (range.size <= kFan) return 0;
  std::int64_t block = kFan;
  while (block * kFan < range.size) block *= kFan;
  const std::int64_t blocks = (range.size + block - 1) / block, first = blocks / 2 * block;
  select(range, first, longest_axis(range.point, range.size));
  return first;
}

void split_all(Range range) {
  for (std::int64_t first = split(range); first > 0; first = split(range)) {
    split_all(range.until(first));
    range = range.from(first);
  }
}

}  // namespace

Raw<IndexedPoint> kd_order(const float* point, std::int64_t size) {
  auto ordered = raw<IndexedPoint>(size), spare = raw<IndexedPoint>(size);
  parallel_pieces(size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      ordered[i] = {{point[3 * i], point[3 * i + 1], point[3 * i + 2]}, static_cast<std::uint32_t>(i)};
  });
  // Split again and again until there are some ranges for each thread.
  std::vector<Range> ranges{{ordered.get(), spare.get(), size}};
  for (bool large = size > kPiece; large;) {
    std::vector<std::int64_t> first(ranges.size());
    parallel_tasks(static_cast<std::int64_t>(ranges.size()), [&](std::int64_t i) {
      first[static_cast<std::size_t>(i)] = split(ranges[static_cast<std::size_t>(i)]);
    });
    std::vector<Range> halves;
    large = false;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      for (const Range& half : {ranges[i].until(first[i]), ranges[i].from(first[i])}) {
        halves.push_back(half);
        large = large || half.size > kPiece;
      }
    }
    ranges = std::move(halves);
  }
  parallel_tasks(static_cast<std::int64_t>(ranges.size()),
                 [&](std::int64_t i) { split_all(ranges[static_cast<std::size_t>(i)]); });
  return ordered;
}

}  // namespace treewalk
