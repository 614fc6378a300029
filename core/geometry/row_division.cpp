// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// The one source that knows nanoflann: it divides, and our own kernels search. Releases from 1.5 on name its members
// otherwise.
#include "core/geometry/row_division.h"

#include <algorithm>
#include <nanoflann.hpp>

#if NANOFLANN_VERSION < 0x150
#define TREEWALK_MEMBER(name) name
#else
#define TREEWALK_MEMBER(name) name##_
#endif

namespace treewalk {
namespace {

template <class T>
struct RowsToDivide {
  const T* row;
  std::size_t rows, columns;
  std::size_t kdtree_get_point_count() const { return rows; }
  T kdtree_get_pt(std::size_t i, std::size_t column) const { return row[i * columns + column]; }
  template <class Box>
  bool kdtree_get_bbox(Box& box) const {  // several times faster than to have it asked for number by number
    std::vector<T> lower(row, row + columns), upper = lower;
    for (std::size_t i = 1; i < rows; ++i) {
      const T* from = row + i * columns;
      T *low = lower.data(), *high = upper.data();
      for (std::size_t c = 0; c < columns; ++c) {
        low[c] = from[c] < low[c] ? from[c] : low[c];
        high[c] = from[c] > high[c] ? from[c] : high[c];
      }
    }
    for (std::size_t c = 0; c < columns; ++c) {
      box[c].low = lower[c];
      box[c].high = upper[c];
    }
    return true;
  }
};

/// columns: how many they are where that is known here, else -1.
template <class T, int columns>
using Division = nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<T, RowsToDivide<T>>, RowsToDivide<T>,
                                                     columns, std::uint32_t>;

template <class T, class Node>
void copy_nodes(const Node* from, std::int64_t depth, RowDivision<T>& to) {
  to.depth = std::max(to.depth, depth);
  const std::size_t at = to.node.size();
  if (from->child1 == nullptr) {
    to.node.push_back({0, 0, -1, static_cast<std::uint32_t>(to.first.size())});
    to.first.push_back(static_cast<std::uint32_t>(from->node_type.lr.left));
    return;
  }
  const auto& cut = from->node_type.sub;
  to.node.push_back({cut.divlow, cut.divhigh, cut.divfeat, 0});
  copy_nodes(from->child1, depth + 1, to);
  to.node[at].next = static_cast<std::uint32_t>(to.node.size());
  copy_nodes(from->child2, depth + 1, to);
}

template <int known, class T>
RowDivision<T> divide(const RowsToDivide<T>& rows, std::int64_t most) {
  Division<T, known> tree(static_cast<std::int32_t>(rows.columns), rows,
                          nanoflann::KDTreeSingleIndexAdaptorParams(static_cast<std::size_t>(most)));
  RowDivision<T> result;
  copy_nodes(tree.TREEWALK_MEMBER(root_node), 0, result);
  result.first.push_back(static_cast<std::uint32_t>(rows.rows));
  result.order = std::move(tree.TREEWALK_MEMBER(vAcc));
  return result;
}

template <class T>
RowDivision<T> divide(const T* row, std::int64_t rows, std::int64_t columns, std::int64_t most) {
  const RowsToDivide<T> all{row, static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)};
  switch (columns) {  // boxes of few columns then need no memory of their own
    case 3:
      return divide<3>(all, most);
    case 4:
      return divide<4>(all, most);
    case 6:
      return divide<6>(all, most);
    default:
      return divide<-1>(all, most);
  }
}

}  // namespace

RowDivision<float> cut_rows(const float* row, std::int64_t rows, std::int64_t columns, std::int64_t most) {
  return divide(row, rows, columns, most);
}
RowDivision<double> cut_rows(const double* row, std::int64_t rows, std::int64_t columns, std::int64_t most) {
  return divide(row, rows, columns, most);
}

}  // namespace treewalk
