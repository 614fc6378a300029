// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// The searches among rows, compiled once per instruction set: each row_search_*.cpp names its functions and includes
// this file. No std templates here: the linker would keep one copy of them for all instruction sets.
#include <cstdint>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "core/geometry/row_tree.h"

namespace treewalk {
namespace {

#include "core/geometry/row_lanes.inl"

/// A squared distance and a name in one number that orders by distance, then by name: numbers that are not negative
/// order as their bits do.
template <class T>
struct Packed;
template <>
struct Packed<float> {
  using type = std::uint64_t;
  using bits = std::uint32_t;
};
template <>
struct Packed<double> {
  __extension__ typedef unsigned __int128 type;
  using bits = std::uint64_t;
};

template <class T>
inline typename Packed<T>::type pack(T distance, std::uint32_t name) {
  typename Packed<T>::bits bits;
  __builtin_memcpy(&bits, &distance, sizeof bits);
  return static_cast<typename Packed<T>::type>(bits) << 32 | name;
}
template <class T>
inline T distance_of(typename Packed<T>::type packed) {
  const auto bits = static_cast<typename Packed<T>::bits>(packed >> 32);
  T distance;
  __builtin_memcpy(&distance, &bits, sizeof distance);
  return distance;
}

/// The k nearest so far: few in order, many as a heap whose first is the farthest.
template <class T>
class NearestList {
  using Item = typename Packed<T>::type;

 public:
  NearestList() = default;
  NearestList(Item* list, std::int64_t k, T most) : list_(list), k_(k) {
    for (std::int64_t j = 0; j < k; ++j) list[j] = pack(most, kNoRow);
    worst_ = most;
  }
  /// No row at a larger squared distance is among the k nearest.
  T worst() const { return worst_; }
  /// Whether there are k rows at the query's very place, all of lower names: nothing comes before them.
  bool closed(std::uint32_t lowest) const {
    return worst_ == 0 && lowest > static_cast<std::uint32_t>(k_ <= kFew ? list_[k_ - 1] : list_[0]);
  }
  void add(std::uint64_t chosen, const T* distance, const std::uint32_t* name) {
    for (; chosen != 0; chosen &= chosen - 1) {
      const int j = __builtin_ctzll(chosen);
      const Item item = pack(distance[j], name[j]);
      if (k_ <= kFew)
        insert(item);
      else if (item < list_[0])
        sink(item, 0, k_);
    }
    worst_ = distance_of<T>(k_ <= kFew ? list_[k_ - 1] : list_[0]);
  }
  /// The list in order.
  const Item* finish() {
    if (k_ > kFew)
      for (std::int64_t left = k_ - 1; left > 0; --left) {
        const Item last = list_[left];
        list_[left] = list_[0];
        sink(last, 0, left);
      }
    return list_;
  }

 private:
  static constexpr std::int64_t kFew = 24;

  void insert(Item item) {
    if (item >= list_[k_ - 1]) return;
    std::int64_t place = k_ - 1;
    for (; place > 0 && item < list_[place - 1]; --place) list_[place] = list_[place - 1];
    list_[place] = item;
  }
  /// Puts an item where the heap of `size` has a hole.
  void sink(Item item, std::int64_t hole, std::int64_t size) {
    for (std::int64_t child; (child = 2 * hole + 1) < size; hole = child) {
      child += child + 1 < size && list_[child] < list_[child + 1];
      if (!(item < list_[child])) break;
      list_[hole] = list_[child];
    }
    list_[hole] = item;
  }

  Item* list_ = nullptr;
  std::int64_t k_ = 0;
  T worst_ = 0;
};

/// All rows within a bound.
template <class T>
struct AllWithin {
  T most;
  const FoundRows<T>& found;
  T worst() const { return most; }
  bool closed(std::uint32_t) const { return false; }
  void add(std::uint64_t chosen, const T* distance, const std::uint32_t* name) {
    T near[4 * kRowLanes];
    std::uint32_t near_name[4 * kRowLanes];
    std::int64_t count = 0;
    for (; chosen != 0; chosen &= chosen - 1, ++count) {
      const int j = __builtin_ctzll(chosen);
      near[count] = distance[j];
      near_name[count] = name[j];
    }
    found.add(found.self, near, near_name, count);
  }
};

constexpr std::int64_t kLong = 64;  ///< columns

template <class T, class Found>
inline void look_at_leaf(const RowTree<T>& tree, std::uint32_t leaf, const T* query, Found& found) {
  T distance[kTogether<T> * kRowLanes];
  const std::uint32_t end = tree.first[leaf + 1];
  // Long rows come from memory: a block alone is given up sooner.
  const std::uint32_t together = tree.columns > kLong ? 1 : kTogether<T>;
  for (std::uint32_t b = tree.first[leaf]; b < end;) {
    const T* block = tree.block + std::int64_t{b} * tree.columns * kRowLanes;
    const std::uint32_t* name = tree.name + std::int64_t{b} * kRowLanes;
    const int count = end - b < together ? static_cast<int>(end - b) : static_cast<int>(together);
    std::uint64_t near;
    if (count == 4 && kTogether<T> >= 4)
      near = block_distances<4>(block, tree.columns, query, found.worst(), distance);
    else if (count == 3 && kTogether<T> >= 3)
      near = block_distances<3>(block, tree.columns, query, found.worst(), distance);
    else if (count == 2 && kTogether<T> >= 2)
      near = block_distances<2>(block, tree.columns, query, found.worst(), distance);
    else
      near = block_distances<1>(block, tree.columns, query, found.worst(), distance);
    if (near != 0) found.add(near, distance, name);
    b += count;
  }
}

/// Whether rows behind a bound, which may have been rounded, can be among those that are looked for.
template <class T, class Found>
inline bool may_hold(const RowTree<T>& tree, double bound, const Found& found) {
  // A sum in another order may be infinite sooner than that of a row's own distance.
  const double most = bound > double{__FLT_MAX__} ? double{__FLT_MAX__} : bound;
  return !(most * tree.share - tree.slack > static_cast<double>(found.worst()));
}

template <class T, class Found>
inline bool leaf_may_hold(const RowTree<T>& tree, std::uint32_t leaf, const T* query, const Found& found) {
  if (found.closed(tree.lowest[leaf])) return false;
  const T* box = tree.box + std::int64_t{leaf} * 2 * tree.padded;
  return may_hold(tree, box_distance(box, tree.columns, tree.padded, query), found);
}

/// Down the cuts, the nearer side first. `gap` holds for each column the squared distance to the part of the space.
template <class T, class Found>
struct Descent {
  const RowTree<T>& tree;
  const T* query;
  double* gap;
  Found& found;
  std::int64_t looked_at = 0;

  void start() {
    double bound = 0;
    for (std::int64_t column = 0; column < tree.columns; ++column) {
      const double at = query[column], below = tree.bounds[column] - at, above = at - tree.bounds[tree.padded + column];
      const double step = below > above ? below : above;
      gap[column] = step > 0 ? step * step : 0;
      bound += gap[column];
    }
    visit(tree.node, bound);
  }

  void visit(const RowNode<T>* node, double bound) {
    if (node->column < 0) {
      if (!leaf_may_hold(tree, node->next, query, found)) return;
      ++looked_at;
      return look_at_leaf(tree, node->next, query, found);
    }
    const double at = query[node->column], below = at - node->low, above = at - node->high;
    const bool left = below + above < 0;
    const RowNode<T>* right = tree.node + node->next;
    visit(left ? node + 1 : right, bound);
    const double step = left ? above : below, cut = step * step, before = gap[node->column];
    bound = bound + cut - before;
    if (!may_hold(tree, bound, found)) return;
    gap[node->column] = cut;
    visit(left ? right : node + 1, bound);
    gap[node->column] = before;
  }
};

template <class T>
inline void write(const RowTask<T>& task, std::int64_t i, const typename Packed<T>::type* list) {
  for (std::int64_t j = 0; j < task.k; ++j) {
    const auto name = static_cast<std::uint32_t>(list[j]);
    task.index[i * task.k + j] = name == kNoRow ? -1 : static_cast<std::int32_t>(name);
    task.distance[i * task.k + j] = name == kNoRow ? __builtin_inff() : static_cast<float>(distance_of<T>(list[j]));
  }
}

/// All leaves, those around the queries first.
template <class T>
void scan(const RowTask<T>& task, std::int64_t begin, std::int64_t end) {
  const RowTree<T>& tree = task.tree;
  auto* const list = static_cast<typename Packed<T>::type*>(task.list);
  NearestList<T> nearest[kRowTile];
  std::uint32_t around[kRowTile];
  const int count = static_cast<int>(end - begin);
  for (int i = 0; i < count; ++i) {
    const T* query = task.query + (begin + i) * tree.padded;
    nearest[i] = NearestList<T>(list + i * task.k, task.k, task.most);
    around[i] = leaf_around(tree, query);
    look_at_leaf(tree, around[i], query, nearest[i]);
  }
  for (std::uint32_t leaf = 0; leaf < tree.leaves; ++leaf)
    for (int i = 0; i < count; ++i) {
      const T* query = task.query + (begin + i) * tree.padded;
      if (leaf != around[i] && leaf_may_hold(tree, leaf, query, nearest[i]))
        look_at_leaf(tree, leaf, query, nearest[i]);
    }
  for (int i = 0; i < count; ++i) write(task, begin + i, nearest[i].finish());
}

template <class T>
void search(const RowTask<T>& task, std::int64_t begin, std::int64_t end) {
  if (task.scan) {
    for (std::int64_t i = begin; i < end; i += kRowTile) scan(task, i, end - i < kRowTile ? end : i + kRowTile);
    return;
  }
  auto* const list = static_cast<typename Packed<T>::type*>(task.list);
  for (std::int64_t i = begin; i < end; ++i) {
    NearestList<T> nearest(list, task.k, task.most);
    Descent<T, NearestList<T>> descent{task.tree, task.query + i * task.tree.padded, task.gap, nearest};
    descent.start();
    if (task.looked_at != nullptr) *task.looked_at += descent.looked_at;
    write(task, i, nearest.finish());
  }
}

template <class T>
void search_within(const RowTree<T>& tree, const T* query, T most, double* gap, const FoundRows<T>& found) {
  AllWithin<T> all{most, found};
  Descent<T, AllWithin<T>> descent{tree, query, gap, all};
  descent.start();
}

}  // namespace

void TREEWALK_NEAREST_ROWS(const RowTask<float>& task, std::int64_t begin, std::int64_t end) {
  search(task, begin, end);
}
void TREEWALK_NEAREST_ROWS(const RowTask<double>& task, std::int64_t begin, std::int64_t end) {
  search(task, begin, end);
}
void TREEWALK_ROWS_WITHIN(const RowTree<float>& tree, const float* query, float most, double* gap,
                          const FoundRows<float>& found) {
  search_within(tree, query, most, gap, found);
}
void TREEWALK_ROWS_WITHIN(const RowTree<double>& tree, const double* query, double most, double* gap,
                          const FoundRows<double>& found) {
  search_within(tree, query, most, gap, found);
}

}  // namespace treewalk
