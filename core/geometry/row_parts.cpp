// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <utility>

#include "core/device/parallel.h"
#include "core/geometry/row_division.h"

namespace treewalk {
namespace {

constexpr std::int64_t kSampled = 16;              ///< one row of so many is in the sample
constexpr std::int64_t kPartRows = 64 * kSampled;  ///< of a part, at most and by and by
constexpr std::int64_t kFewRows = 4 * kPartRows;   ///< that are cut at once
constexpr std::int64_t kPiece = 1 << 13;

/// The cuts of the sample, all rows in the order of the parts that these make, and what each part is cut into.
template <class T>
struct Parts {
  std::vector<RowNode<T>> node;
  std::vector<std::uint32_t> first;  ///< [parts+1] into `order`
  std::vector<std::uint32_t> order;  ///< [rows]
  std::vector<RowDivision<T>> inside;

  std::size_t size() const { return first.size() - 1; }
  std::uint32_t rows(std::size_t part) const { return first[part + 1] - first[part]; }
};

/// The part of a row: below the middle of a cut it is on its left.
template <class T>
std::uint32_t part_of(const RowNode<T>* node, const T* row) {
  const RowNode<T>* at = node;
  while (at->column >= 0) at = row[at->column] < at->low ? at + 1 : node + at->next;
  return at->next;
}

template <class T>
Parts<T> parts_of(const T* row, std::int64_t rows, std::int64_t columns) {
  const std::int64_t sampled = rows / kSampled;
  std::vector<T> sample(static_cast<std::size_t>(sampled * columns));
  for (std::int64_t i = 0; i < sampled; ++i)
    std::copy_n(row + i * kSampled * columns, columns, sample.data() + i * columns);
  RowDivision<T> cuts = cut_rows(sample.data(), sampled, columns, kPartRows / kSampled);
  for (RowNode<T>& node : cuts.node) node.low = node.high = node.low / 2 + node.high / 2;

  Parts<T> parts;
  parts.node = std::move(cuts.node);
  const std::size_t size = cuts.first.size() - 1;
  const std::int64_t pieces = (rows + kPiece - 1) / kPiece;
  std::vector<std::uint32_t> part(static_cast<std::size_t>(rows));
  std::vector<std::uint32_t> place(static_cast<std::size_t>(pieces) * size);  // [piece][part]
  parallel_pieces(rows, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    std::uint32_t* count = place.data() + static_cast<std::size_t>(p) * size;
    for (std::int64_t i = begin; i < end; ++i) ++count[part[i] = part_of(parts.node.data(), row + i * columns)];
  });
  parts.first.push_back(0);
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < size; ++at) {
    for (std::size_t p = 0; p < static_cast<std::size_t>(pieces); ++p) sum += std::exchange(place[p * size + at], sum);
    parts.first.push_back(sum);
  }
  parts.order.resize(static_cast<std::size_t>(rows));
  parallel_pieces(rows, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    std::uint32_t* next = place.data() + static_cast<std::size_t>(p) * size;
    for (std::int64_t i = begin; i < end; ++i) parts.order[next[part[i]]++] = static_cast<std::uint32_t>(i);
  });
  return parts;
}

template <class T>
void cut_parts(const T* row, std::int64_t columns, std::int64_t most, Parts<T>& parts) {
  parts.inside.resize(parts.size());
  parallel_pieces(static_cast<std::int64_t>(parts.size()), 4, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<T> near;  // the rows of a part, where the processor has them at hand
    for (std::int64_t at = begin; at < end; ++at) {
      const auto part = static_cast<std::size_t>(at);
      const std::int64_t rows = parts.rows(part);
      if (rows == 0) continue;
      std::uint32_t* order = parts.order.data() + parts.first[part];
      near.resize(static_cast<std::size_t>(rows * columns));
      for (std::int64_t i = 0; i < rows; ++i) std::copy_n(row + order[i] * columns, columns, near.data() + i * columns);
      RowDivision<T>& inside = parts.inside[part];
      inside = cut_rows(near.data(), rows, columns, most);
      for (std::uint32_t& i : inside.order) i = order[i];
      std::copy(inside.order.begin(), inside.order.end(), order);
    }
  });
}

/// Puts the cuts of the sample and those of the parts together; a part without rows, and the cut before it, are left
/// out.
template <class T>
struct Join {
  const Parts<T>& parts;
  RowDivision<T>& result;

  /// Whether any row is behind the node.
  bool has_rows(std::size_t at) const {
    const RowNode<T>& node = parts.node[at];
    return node.column < 0 ? parts.rows(node.next) > 0 : has_rows(at + 1) || has_rows(node.next);
  }

  void add(std::size_t at, std::int64_t depth) {
    const RowNode<T>& node = parts.node[at];
    if (node.column < 0) return add_part(node.next, depth);
    const bool left = has_rows(at + 1), right = has_rows(node.next);
    if (!left || !right) return add(left ? at + 1 : node.next, depth);
    const std::size_t own = result.node.size();
    result.node.push_back(node);
    add(at + 1, depth + 1);
    result.node[own].next = static_cast<std::uint32_t>(result.node.size());
    add(node.next, depth + 1);
  }

  void add_part(std::uint32_t part, std::int64_t depth) {
    const RowDivision<T>& inside = parts.inside[part];
    const auto before = static_cast<std::uint32_t>(result.node.size());
    const auto leaves = static_cast<std::uint32_t>(result.first.size());
    for (RowNode<T> node : inside.node) {
      node.next += node.column < 0 ? leaves : before;
      result.node.push_back(node);
    }
    for (std::size_t leaf = 0; leaf + 1 < inside.first.size(); ++leaf)
      result.first.push_back(parts.first[part] + inside.first[leaf]);
    result.depth = std::max(result.depth, depth + inside.depth);
  }
};

}  // namespace

template <class T>
RowDivision<T> divide_rows(const T* row, std::int64_t rows, std::int64_t columns, std::int64_t most) {
  if (rows <= kFewRows) return cut_rows(row, rows, columns, most);
  Parts<T> parts = parts_of(row, rows, columns);
  cut_parts(row, columns, most, parts);
  RowDivision<T> result;
  Join<T>{parts, result}.add(0, 0);
  result.first.push_back(static_cast<std::uint32_t>(rows));
  result.order = std::move(parts.order);
  return result;
}

template RowDivision<float> divide_rows(const float*, std::int64_t, std::int64_t, std::int64_t);
template RowDivision<double> divide_rows(const double*, std::int64_t, std::int64_t, std::int64_t);

}  // namespace treewalk
