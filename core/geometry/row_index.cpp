// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/row_index.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/device/cpu.h"
#include "core/geometry/row_division.h"
#include "core/geometry/squares.h"

namespace treewalk {
namespace {

constexpr std::int64_t kLeafRows = 64;  // four blocks, whose sums keep the adders at work
constexpr std::int64_t kPiece = 64;     // queries that a thread takes at a time
constexpr std::int64_t kProbes = 12;    // rows that try the tree
constexpr double kScanFrom = 0.5;       // the part of the leaves from which on going through all of them is faster

template <class T>
NearestRows<T>* nearest_rows() {
  static constexpr NearestRows<T>*baseline = nearest_rows_baseline, *avx2 = nearest_rows_avx2,
                   *avx512 = nearest_rows_avx512;
  return choose(baseline, avx2, avx512);
}
template <class T>
RowsWithin<T>* rows_within() {
  static constexpr RowsWithin<T>*baseline = rows_within_baseline, *avx2 = rows_within_avx2,
                   *avx512 = rows_within_avx512;
  return choose(baseline, avx2, avx512);
}

template <class T>
using Found = std::vector<std::pair<T, std::int32_t>>;

template <class T>
void add_found(void* self, const T* distance, const std::uint32_t* name, std::int64_t count) {
  auto& found = *static_cast<Found<T>*>(self);
  for (std::int64_t j = 0; j < count; ++j) found.emplace_back(distance[j], static_cast<std::int32_t>(name[j]));
}

std::int64_t count_of(const std::int32_t* index, std::int64_t k) {
  while (k > 0 && index[k - 1] < 0) --k;
  return k;
}

/// What is left of a bound after all that rounding may have added to it, or taken off the squared distance of a row
/// behind it. That distance loses at most a factor (1 - u)^(columns + 2), u being T's rounding; a box's gains at most
/// (1 + u)^(columns + 8), its sum having at most columns + 5 terms in a row that are not zero; and on the way down each
/// cut adds three roundings in double of numbers that are at most twice the bound. Products that are too small for T
/// lose at most the least normal number each.
template <class T>
void allow_for_rounding(RowTree<T>& tree, std::int64_t depth) {
  const auto columns = static_cast<double>(tree.columns);
  const double in_t = std::numeric_limits<T>::epsilon() / 2, in_double = std::numeric_limits<double>::epsilon() / 2;
  tree.share = 1 - (2 * columns + 32) * in_t - 8 * (static_cast<double>(depth) + columns + 8) * in_double;
  tree.slack = 4 * columns * static_cast<double>(std::numeric_limits<T>::min());
}

/// Least and largest values of rows.
template <class T>
void fill_box(const T* row, std::int64_t columns, std::int64_t padded, const std::uint32_t* first,
              const std::uint32_t* last, T* box) {
  T *lower = box, *upper = box + padded;
  std::fill_n(box, 2 * padded, T{0});
  std::copy_n(row + std::int64_t{*first} * columns, columns, lower);
  std::copy_n(lower, columns, upper);
  for (const std::uint32_t* at = first + 1; at < last; ++at) {
    const T* from = row + std::int64_t{*at} * columns;
    for (std::int64_t column = 0; column < columns; ++column) {
      lower[column] = from[column] < lower[column] ? from[column] : lower[column];
      upper[column] = from[column] > upper[column] ? from[column] : upper[column];
    }
  }
}

/// Rows side by side, 16 to a block.
template <class T>
void fill_blocks(const T* row, std::int64_t columns, const std::uint32_t* first, const std::uint32_t* last, T* block) {
  for (; first < last; first += kRowLanes, block += columns * kRowLanes) {
    const T* from[kRowLanes];
    const auto used = std::min<std::int64_t>(last - first, kRowLanes);
    for (std::int64_t lane = 0; lane < kRowLanes; ++lane)
      from[lane] = row + std::int64_t{first[lane < used ? lane : 0]} * columns;
    for (std::int64_t column = 0; column < columns; ++column)
      for (int lane = 0; lane < kRowLanes; ++lane) block[column * kRowLanes + lane] = from[lane][column];
    for (std::int64_t column = 0; column < columns; ++column)
      for (std::int64_t lane = used; lane < kRowLanes; ++lane)
        block[column * kRowLanes + lane] = std::numeric_limits<T>::infinity();
  }
}

}  // namespace

/// Memory that searches work in, on the stack where little will do.
template <class T>
struct RowIndex<T>::Room {
  Room(const RowIndex& rows, std::int64_t k, std::int64_t queries) {
    const std::int64_t list = std::min(queries, kRowTile) * k * kListBytes<T>;
    const std::int64_t gaps = rows.tree_.columns * static_cast<std::int64_t>(sizeof(double));
    const std::int64_t bytes = list + gaps + queries * rows.tree_.padded * static_cast<std::int64_t>(sizeof(T));
    std::byte* at = few_;
    if (bytes > static_cast<std::int64_t>(sizeof few_)) {
      many_ = raw<Unit>((bytes + 15) / 16);
      at = many_[0].bytes;
    }
    this->list = at;
    gap = reinterpret_cast<double*>(at + list);
    query = reinterpret_cast<T*>(at + list + gaps);
  }
  void* list;
  double* gap;
  T* query;  ///< [queries,padded]

 private:
  struct Unit {
    alignas(16) std::byte bytes[16];
  };
  alignas(16) std::byte few_[1536];
  Raw<Unit> many_;
};

/// Queries that are finite, those of a leaf together.
template <class T>
struct RowIndex<T>::Queries {
  Raw<Keyed<std::uint32_t>> item;
  std::int64_t size = 0;
};

template <class T>
RowIndex<T>::RowIndex(const T* row, std::int64_t rows, std::int64_t columns, const std::int32_t* name, RowWay way)
    : size_(rows) {
  tree_.columns = columns;
  tree_.padded = (columns + kRowLanes - 1) / kRowLanes * kRowLanes;
  if (rows == 0) return;
  RowDivision<T> division = divide_rows(row, rows, columns, kLeafRows);
  node_ = std::move(division.node);
  fill(row, division.order.data(), division.first.data(), name);
  allow_for_rounding(tree_, division.depth);
  scan_ = way == RowWay::kScan || (way == RowWay::kProbed && scanning_is_faster(row));
}

template <class T>
void RowIndex<T>::fill(const T* row, const std::uint32_t* order, const std::uint32_t* from, const std::int32_t* name) {
  const std::int64_t leaves = (static_cast<std::int64_t>(node_.size()) + 1) / 2, columns = tree_.columns;
  first_.assign(static_cast<std::size_t>(leaves) + 1, 0);
  for (std::int64_t leaf = 0; leaf < leaves; ++leaf)
    first_[leaf + 1] = first_[leaf] + (from[leaf + 1] - from[leaf] + kRowLanes - 1) / kRowLanes;
  lowest_.assign(static_cast<std::size_t>(leaves), kNoRow);
  block_ = raw<T>(first_.back() * columns * kRowLanes);
  name_ = raw<std::uint32_t>(std::int64_t{first_.back()} * kRowLanes);
  box_ = raw<T>(leaves * 2 * tree_.padded);
  parallel_pieces(leaves, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t leaf = begin; leaf < end; ++leaf) {
      const std::uint32_t *const first = order + from[leaf], *const last = order + from[leaf + 1];
      fill_box(row, columns, tree_.padded, first, last, box_.get() + leaf * 2 * tree_.padded);
      const std::int64_t block = first_[leaf];
      fill_blocks(row, columns, first, last, block_.get() + block * columns * kRowLanes);
      std::uint32_t* to = name_.get() + block * kRowLanes;
      for (const std::uint32_t* at = first; at < last; ++at) {
        *to++ = static_cast<std::uint32_t>(name[*at]);
        lowest_[leaf] = std::min(lowest_[leaf], static_cast<std::uint32_t>(name[*at]));
      }
      std::fill(to, name_.get() + std::int64_t{first_[leaf + 1]} * kRowLanes, kNoRow);
    }
  });
  bounds_.assign(box_.get(), box_.get() + 2 * tree_.padded);
  for (std::int64_t leaf = 1; leaf < leaves; ++leaf)
    for (std::int64_t column = 0; column < columns; ++column) {
      const T* box = box_.get() + leaf * 2 * tree_.padded + column;
      bounds_[column] = std::min(bounds_[column], box[0]);
      bounds_[tree_.padded + column] = std::max(bounds_[tree_.padded + column], box[tree_.padded]);
    }
  tree_.leaves = static_cast<std::uint32_t>(leaves);
  tree_.node = node_.data();
  tree_.bounds = bounds_.data();
  tree_.box = box_.get();
  tree_.first = first_.data();
  tree_.lowest = lowest_.data();
  tree_.block = block_.get();
  tree_.name = name_.get();
}

template <class T>
double RowIndex<T>::extent() const {
  double longest = 0;
  for (std::int64_t column = 0; column < (size_ > 0 ? tree_.columns : 0); ++column)
    longest = std::max(longest, double{bounds_[tree_.padded + column]} - double{bounds_[column]});
  return longest;
}

/// Whether rows that look for their neighbours down the cuts find too many leaves that may hold some.
template <class T>
bool RowIndex<T>::scanning_is_faster(const T* row) const {
  const std::int64_t probes = std::min(size_, kProbes), k = std::min<std::int64_t>(size_, 8);
  if (tree_.leaves < 8) return false;
  std::int64_t looked_at = 0;
  std::int32_t index[8];
  float distance[8];
  for (std::int64_t i = 0; i < probes; ++i) {
    Room room(*this, k, 1);
    std::fill_n(room.query, tree_.padded, T{0});
    std::copy_n(row + i * size_ / probes * tree_.columns, tree_.columns, room.query);
    RowTask<T> task;
    task.k = k;
    task.index = index;
    task.distance = distance;
    task.looked_at = &looked_at;
    run(task, 1, room);
  }
  return static_cast<double>(looked_at) > kScanFrom * static_cast<double>(probes) * tree_.leaves;
}

template <class T>
template <class Q>
bool RowIndex<T>::local(const Q* query, T* to) const {
  bool finite = true;
  for (std::int64_t column = 0; column < tree_.columns; ++column) {
    to[column] = static_cast<T>(query[column]);
    finite = finite && std::isfinite(to[column]);
  }
  for (std::int64_t column = tree_.columns; column < tree_.padded; ++column) to[column] = 0;
  return finite;
}

/// Searches for the queries in the room.
template <class T>
void RowIndex<T>::run(RowTask<T>& task, std::int64_t queries, Room& room) const {
  task.tree = tree_;
  task.scan = scan_;
  task.query = room.query;
  task.list = room.list;
  task.gap = room.gap;
  nearest_rows<T>()(task, 0, queries);
}

template <class T>
template <class Q>
int RowIndex<T>::nearest(const Q* query, std::int64_t k, std::int32_t* index, float* squared_distance) const {
  k = std::min(k, size_);
  if (k < 1) return 0;
  Room room(*this, k, 1);
  if (!local(query, room.query)) return 0;
  RowTask<T> task;
  task.k = k;
  task.index = index;
  task.distance = squared_distance;
  run(task, 1, room);
  return static_cast<int>(count_of(index, k));
}

template <class T>
void RowIndex<T>::within_local(const T* query, double radius, std::vector<std::int32_t>& index,
                               std::vector<float>& squared_distance, bool sorted, std::int64_t most, Room& room) const {
  index.clear();
  squared_distance.clear();
  const T bound = most_within<T>(radius);
  if (size_ == 0 || bound < 0) return;
  if (most > 0 && most < size_) {
    index.resize(static_cast<std::size_t>(most));
    squared_distance.resize(index.size());
    Room own(*this, most, 1);
    std::copy_n(query, tree_.padded, own.query);
    RowTask<T> task;
    task.k = most;
    task.most = bound;
    task.index = index.data();
    task.distance = squared_distance.data();
    run(task, 1, own);
    index.resize(static_cast<std::size_t>(count_of(index.data(), most)));
    squared_distance.resize(index.size());
    return;
  }
  Found<T> found;
  rows_within<T>()(tree_, query, bound, room.gap, {&found, add_found<T>});
  if (sorted) std::sort(found.begin(), found.end());
  index.reserve(found.size());
  squared_distance.reserve(found.size());
  for (const auto& one : found) {
    squared_distance.push_back(static_cast<float>(one.first));
    index.push_back(one.second);
  }
}

template <class T>
template <class Q>
void RowIndex<T>::within(const Q* query, double radius, std::vector<std::int32_t>& index,
                         std::vector<float>& squared_distance, bool sorted, std::int64_t most) const {
  Room room(*this, 0, 1);
  index.clear();
  squared_distance.clear();
  if (local(query, room.query)) within_local(room.query, radius, index, squared_distance, sorted, most, room);
}

template <class T>
template <class Q>
auto RowIndex<T>::ordered(const Q* query, std::int64_t queries, const PointSearch::Take& take) const -> Queries {
  Queries result{raw<Keyed<std::uint32_t>>(queries), 0};
  const std::uint32_t nowhere = tree_.leaves;
  parallel_pieces(queries, 16 * kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    Room room(*this, 0, 1);
    for (std::int64_t i = begin; i < end; ++i) {
      const bool searched = size_ > 0 && local(query + i * tree_.columns, room.query);
      result.item[i] = {searched ? leaf_around(tree_, room.query) : nowhere, static_cast<std::uint32_t>(i)};
    }
  });
  int bits = 0;
  while (bits < 32 && nowhere >> bits != 0) ++bits;
  radix_sort(result.item, queries, bits);
  for (result.size = queries; result.size > 0 && result.item[result.size - 1].key == nowhere; --result.size)
    take(result.item[result.size - 1].index, nullptr, nullptr, 0);
  return result;
}

template <class T>
template <class Q>
void RowIndex<T>::nearest(const Q* query, std::int64_t queries, std::int64_t k, const PointSearch::Take& take) const {
  k = std::min(k, size_);
  if (k < 1) {
    for (std::int64_t i = 0; i < queries; ++i) take(i, nullptr, nullptr, 0);
    return;
  }
  const Queries ordered = this->ordered(query, queries, take);
  parallel_pieces(ordered.size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<std::int32_t> index(static_cast<std::size_t>((end - begin) * k));
    std::vector<float> distance(index.size());
    Room room(*this, k, end - begin);
    for (std::int64_t i = begin; i < end; ++i)
      local(query + std::int64_t{ordered.item[i].index} * tree_.columns, room.query + (i - begin) * tree_.padded);
    RowTask<T> task;
    task.k = k;
    task.index = index.data();
    task.distance = distance.data();
    run(task, end - begin, room);
    for (std::int64_t i = 0; i < end - begin; ++i) {
      const std::int32_t* found = index.data() + i * k;
      take(ordered.item[begin + i].index, found, distance.data() + i * k, count_of(found, k));
    }
  });
}

template <class T>
template <class Q>
void RowIndex<T>::within(const Q* query, std::int64_t queries, double radius, const PointSearch::Take& take,
                         bool sorted, std::int64_t most) const {
  const Queries ordered = this->ordered(query, queries, take);
  parallel_pieces(ordered.size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<std::int32_t> index;
    std::vector<float> distance;
    Room room(*this, 0, 1);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t at = ordered.item[i].index;
      local(query + at * tree_.columns, room.query);
      within_local(room.query, radius, index, distance, sorted, most, room);
      take(at, index.data(), distance.data(), static_cast<std::int64_t>(index.size()));
    }
  });
}

template class RowIndex<float>;
template class RowIndex<double>;
#define TREEWALK_QUERIES(T, Q)                                                                               \
  template int RowIndex<T>::nearest(const Q*, std::int64_t, std::int32_t*, float*) const;                    \
  template void RowIndex<T>::within(const Q*, double, std::vector<std::int32_t>&, std::vector<float>&, bool, \
                                    std::int64_t) const;                                                     \
  template void RowIndex<T>::nearest(const Q*, std::int64_t, std::int64_t, const PointSearch::Take&) const;  \
  template void RowIndex<T>::within(const Q*, std::int64_t, double, const PointSearch::Take&, bool, std::int64_t) const;
TREEWALK_QUERIES(float, float)
TREEWALK_QUERIES(float, double)
TREEWALK_QUERIES(double, float)
TREEWALK_QUERIES(double, double)
#undef TREEWALK_QUERIES

}  // namespace treewalk
