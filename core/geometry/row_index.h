// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry/radix_sort.h"
#include "core/geometry/row_tree.h"
#include "treewalk/search.h"

namespace treewalk {

/// How rows are searched: down the cuts, or leaf by leaf; probed: whichever a few rows find sooner.
enum class RowWay { kProbed, kTree, kScan };

/// Exact neighbours among rows of numbers, T being float or double: what VectorSearch and, for doubles, PointSearch
/// say. Both ways give the same bits.
template <class T>
class RowIndex {
 public:
  /// row [rows,columns], finite, at least one column; name [rows]: what searches call the rows, each different.
  RowIndex(const T* row, std::int64_t rows, std::int64_t columns, const std::int32_t* name,
           RowWay way = RowWay::kProbed);

  std::int64_t size() const { return size_; }
  std::int64_t columns() const { return tree_.columns; }
  /// How far the rows reach where they reach farthest; 0 where there are none.
  double extent() const;
  RowWay way() const { return scan_ ? RowWay::kScan : RowWay::kTree; }

  /// As PointSearch's verbs; Q is float or double, and queries are rounded to T.
  template <class Q>
  int nearest(const Q* query, std::int64_t k, std::int32_t* index, float* squared_distance) const;
  template <class Q>
  void within(const Q* query, double radius, std::vector<std::int32_t>& index, std::vector<float>& squared_distance,
              bool sorted, std::int64_t most) const;
  template <class Q>
  void nearest(const Q* query, std::int64_t queries, std::int64_t k, const PointSearch::Take& take) const;
  template <class Q>
  void within(const Q* query, std::int64_t queries, double radius, const PointSearch::Take& take, bool sorted,
              std::int64_t most) const;

 private:
  struct Room;
  struct Queries;
  template <class Q>
  bool local(const Q* query, T* to) const;
  template <class Q>
  Queries ordered(const Q* query, std::int64_t queries, const PointSearch::Take& take) const;
  void run(RowTask<T>& task, std::int64_t queries, Room& room) const;
  void within_local(const T* query, double radius, std::vector<std::int32_t>& index,
                    std::vector<float>& squared_distance, bool sorted, std::int64_t most, Room& room) const;
  void fill(const T* row, const std::uint32_t* order, const std::uint32_t* from, const std::int32_t* name);
  bool scanning_is_faster(const T* row) const;

  std::int64_t size_ = 0;
  bool scan_ = false;
  RowTree<T> tree_;
  std::vector<RowNode<T>> node_;
  std::vector<std::uint32_t> first_, lowest_;
  std::vector<T> bounds_;
  Raw<T> box_, block_;
  Raw<std::uint32_t> name_;
};

}  // namespace treewalk
