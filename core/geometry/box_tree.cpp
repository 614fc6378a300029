// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/box_tree.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "core/device/cpu.h"
#include "core/geometry/bounds.h"
#include "core/geometry/kd_order.h"
#include "core/geometry/morton.h"

namespace treewalk {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();
constexpr int kOrderBits = 10;  // an axis, so that a key has 32 bits
constexpr double kCells = 1 << kOrderBits;
constexpr std::int64_t kPiece = 1 << 15;

/// The cube of the points, cut into 1024 cells an axis.
struct MortonGrid {
  double lower[3] = {0, 0, 0}, inv_cell = 0;
  /// Of the nearest cell of the grid. Finite points.
  std::uint32_t key(const float* point) const {
    std::uint64_t cell[3];
    for (int axis = 0; axis < 3; ++axis)
      cell[axis] =
          static_cast<std::uint64_t>(std::min(std::max((point[axis] - lower[axis]) * inv_cell, 0.0), kCells - 1));
    return static_cast<std::uint32_t>(morton_encode(cell[0], cell[1], cell[2]));
  }
};

MortonGrid grid_of(const Bounds& bounds) {
  MortonGrid grid;
  std::copy_n(bounds.lower.begin(), 3, grid.lower);
  const double extent = bounds.longest_side();
  if (extent > 0) grid.inv_cell = (kCells - 0.001) / extent;
  return grid;
}

/// Brings the points of `item` into Morton order within their own box; equal points keep their order. Runs of equal
/// keys too long for a few leaves (duplicates apart) are refined in their own boxes: an outlier far away must not put
/// all others into one cell. Each refinement shrinks the box 1000 times, so floats allow no more than thirty.
void morton_order(const float* point, Raw<Item>& item, std::int64_t size) {
  constexpr std::int64_t kLong = 4 * kFan;
  const std::int64_t pieces = (size + kPiece - 1) / kPiece;
  std::vector<Bounds> part(pieces, bounds_of(point, 0, 0));
  const auto at = [&](std::int64_t i, int axis) { return double{point[3 * std::int64_t{item[i].index} + axis]}; };
  parallel_pieces(size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (int axis = 0; axis < 3; ++axis) {
        part[p].lower[axis] = std::min(part[p].lower[axis], at(i, axis));
        part[p].upper[axis] = std::max(part[p].upper[axis], at(i, axis));
      }
  });
  for (const Bounds& some : part)
    for (int axis = 0; axis < 3; ++axis) {
      part[0].lower[axis] = std::min(part[0].lower[axis], some.lower[axis]);
      part[0].upper[axis] = std::max(part[0].upper[axis], some.upper[axis]);
    }
  const MortonGrid grid = grid_of(part[0]);
  if (grid.inv_cell == 0) return;
  parallel_pieces(size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) item[i].key = grid.key(point + 3 * std::int64_t{item[i].index});
  });
  radix_sort(item, size, 3 * kOrderBits);

  const auto refine = [&](std::int64_t begin, std::int64_t end) {
    auto run = raw<Item>(end - begin);
    std::copy(&item[begin], &item[begin] + (end - begin), run.get());
    morton_order(point, run, end - begin);
    std::copy(run.get(), run.get() + (end - begin), &item[begin]);
  };
  std::vector<std::pair<std::int64_t, std::int64_t>> huge;  // worth all threads each
  std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> run(pieces);
  parallel_pieces(size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {  // runs that begin in this piece
      if (i + kLong >= size || item[i].key != item[i + kLong].key || (i > 0 && item[i - 1].key == item[i].key))
        continue;
      const Item* last = std::upper_bound(&item[i], &item[0] + size, item[i],
                                          [](const Item& a, const Item& b) { return a.key < b.key; });
      run[p].emplace_back(i, last - &item[0]);
    }
  });
  parallel_pieces(pieces, 1, [&](std::int64_t p, std::int64_t, std::int64_t) {
    for (const auto& [begin, end] : run[p])
      if (end - begin <= kPiece) refine(begin, end);
  });
  for (const auto& some : run)
    for (const auto& [begin, end] : some)
      if (end - begin > kPiece) refine(begin, end);
}

}  // namespace

Raw<Item> morton_order(const float* point, std::int64_t size) {
  auto item = raw<Item>(size);
  parallel_pieces(size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) item[i] = {0, static_cast<std::uint32_t>(i)};
  });
  if (size > 0) morton_order(point, item, size);
  return item;
}

namespace {

Raw<IndexedPoint> along_morton_curve(const float* point, std::int64_t size) {
  const auto order = treewalk::morton_order(point, size);
  auto ordered = raw<IndexedPoint>(size);
  parallel_pieces(size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float* from = point + 3 * std::int64_t{order[i].index};
      ordered[i] = {{from[0], from[1], from[2]}, order[i].index};
    }
  });
  return ordered;
}

/// Box j of a group, read or written.
struct BoxPlace {
  float* box;
  std::uint32_t* lowest;
  void clear() const {
    for (int axis = 0; axis < 3; ++axis) {
      box[axis * kFan] = kInfinity;
      box[(3 + axis) * kFan] = -kInfinity;
    }
    *lowest = kNobody;
  }
  void grow(const float* lower, const float* upper, std::int64_t stride, std::uint32_t index) const {
    for (int axis = 0; axis < 3; ++axis) {
      box[axis * kFan] = std::min(box[axis * kFan], lower[axis * stride]);
      box[(3 + axis) * kFan] = std::max(box[(3 + axis) * kFan], upper[axis * stride]);
    }
    *lowest = std::min(*lowest, index);
  }
};

}  // namespace

BoxTreeMemory build_box_tree(const float* point, std::int64_t size, const std::int32_t* name, Division division) {
  const auto ordered = division == Division::kd_tree ? kd_order(point, size) : along_morton_curve(point, size);
  BoxTreeMemory memory;
  const std::int64_t leaves = (size + kFan - 1) / kFan;
  std::int64_t below = leaves;  // boxes of the level below
  memory.point = raw<float>(below * 3 * kFan);
  memory.index = raw<std::uint32_t>(below * kFan);
  int level = 0;
  do {
    const std::int64_t groups = (below + kFan - 1) / kFan;
    memory.box[level] = raw<float>(groups * 6 * kFan);
    memory.lowest[level] = raw<std::uint32_t>(groups * kFan);
    const auto place = [&](std::int64_t b) {
      return BoxPlace{&memory.box[level][b / kFan * 6 * kFan + b % kFan], &memory.lowest[level][b]};
    };
    parallel_pieces(groups, 256, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = begin * kFan; b < end * kFan; ++b) {
        const BoxPlace to = place(b);
        to.clear();
        if (b >= below) continue;
        if (level > 0) {
          const float* child = &memory.box[level - 1][b * 6 * kFan];
          for (int j = 0; j < kFan; ++j)
            to.grow(child + j, child + 3 * kFan + j, kFan, memory.lowest[level - 1][b * kFan + j]);
          continue;
        }
        float* leaf = &memory.point[b * 3 * kFan];
        for (std::int64_t j = 0; j < kFan; ++j) {
          const bool used = b * kFan + j < size;
          const std::uint32_t from = used ? ordered[b * kFan + j].index : kNobody;
          const std::uint32_t called = used && name != nullptr ? static_cast<std::uint32_t>(name[from]) : from;
          memory.index[b * kFan + j] = called;
          for (int axis = 0; axis < 3; ++axis)
            leaf[axis * kFan + j] = used ? ordered[b * kFan + j].at[axis] : kInfinity;
          if (used) to.grow(leaf + j, leaf + j, kFan, called);
        }
      }
    });
    memory.tree.box[level] = memory.box[level].get();
    memory.tree.lowest[level] = memory.lowest[level].get();
    below = groups;
    ++level;
  } while (below > 1);
  memory.tree.levels = level;
  memory.tree.leaves = static_cast<std::uint32_t>(leaves);
  memory.tree.point = memory.point.get();
  memory.tree.index = memory.index.get();
  return memory;
}

KnnSearch* knn_search_for_cpu() { return choose<KnnSearch*>(knn_search_baseline, knn_search_avx2, knn_search_avx512); }

RadiusSearch* radius_search_for_cpu() {
  return choose<RadiusSearch*>(radius_search_baseline, radius_search_avx2, radius_search_avx512);
}

}  // namespace treewalk
