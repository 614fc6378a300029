// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// The searches of a box tree, compiled once per instruction set: each knn_search_*.cpp names its functions and includes
// this file. No std templates here: the linker would keep one copy of them for all instruction sets.
#include <cstdint>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "core/geometry/knn_search.h"

namespace treewalk {
namespace {

#include "core/geometry/knn_nearest.inl"
#include "core/geometry/knn_registers.inl"

template <class Nearest>
void visit_leaf(const BoxTree& tree, std::uint32_t leaf, const float* query, Nearest& nearest,
                std::uint32_t eligible = ~std::uint32_t{0}) {
  const Distances distances = point_distances(tree.point + std::size_t{leaf} * 3 * kFan, query);
  const std::uint32_t near = eligible & distances.not_above(distance_of(nearest.worst()));
  if (near != 0) nearest.add(near, distances, tree.index + std::size_t{leaf} * kFan);
}

/// Depth first, from every group the nearest box first, so that the bound is good early; what remains of a group is
/// looked at again after each of its boxes. `seen` leaves from `first_seen` on have been visited already.
template <class Nearest>
void descend(const BoxTree& tree, const float* query, std::uint32_t first_seen, std::uint32_t seen, Nearest& nearest) {
  Distances waiting[kMaxBoxLevels];
  std::uint32_t left[kMaxBoxLevels], group[kMaxBoxLevels];  // boxes of the group that were not visited
  int level = tree.levels - 1;
  group[level] = 0;
  Distances distances = box_distances(tree.box[level], query);
  std::uint32_t near = distances.not_above(distance_of(nearest.worst()));
  for (;;) {
    const std::uint64_t worst = nearest.worst();
    if (near == 0) {
      if (++level == tree.levels) return;
      distances = waiting[level];
      near = left[level] & distances.not_above(distance_of(worst));
      continue;
    }
    float distance;
    const int j = __builtin_ctz(distances.least(near, distance));
    near &= ~(std::uint32_t{1} << j);
    const std::uint32_t box = group[level] * kFan + static_cast<std::uint32_t>(j);
    // A point as far away as the worst comes before it only by a lower index.
    if (distance == distance_of(worst) && tree.lowest[level][box] >= static_cast<std::uint32_t>(worst)) continue;
    if (level > 0) {
      waiting[level] = distances;
      left[level] = near;
      --level;
      group[level] = box;
      distances = box_distances(tree.box[level] + std::size_t{box} * 6 * kFan, query);
      near = distances.not_above(distance_of(worst));
    } else if (box - first_seen >= seen) {
      visit_leaf(tree, box, query, nearest);
      near &= distances.not_above(distance_of(nearest.worst()));
    }
  }
}

/// Upper bound of the k-th squared distance from a point `step` away from one whose k-th is `distance` (triangle
/// inequality), with room for rounding.
inline float bound_after_step(float distance, const float* from, const float* to) {
  const double x = double(to[0]) - from[0], y = double(to[1]) - from[1], z = double(to[2]) - from[2];
  const double radius = __builtin_sqrt(double(distance)) + __builtin_sqrt(x * x + y * y + z * z);
  return static_cast<float>(radius * radius * 1.00001 + 1e-37);
}

inline std::uint32_t row_of(const KnnTask& task, std::int64_t i) {
  return task.row != nullptr ? task.row[i] : static_cast<std::uint32_t>(i);
}

/// Writes the list of a query into its row.
inline void write(const KnnTask& task, std::uint32_t row, const std::uint64_t* list) {
  std::int32_t* index = task.index + std::size_t{row} * task.k;
  float* distance = task.distance + std::size_t{row} * task.k;
  for (std::int64_t j = 0; j < task.k; ++j) {
    const auto found = static_cast<std::uint32_t>(list[j]);
    index[j] = found == kNobody ? -1 : static_cast<std::int32_t>(found);
    distance[j] = found == kNobody ? __builtin_inff() : distance_of(list[j]);
  }
}

/// Queries that are near each other: each starts with the bound that the one before gives it, where that takes less
/// time than it saves.
template <class Nearest>
void search(const KnnTask& task, std::int64_t begin, std::int64_t end, Nearest nearest) {
  const BoxTree& tree = *task.tree;
  float last[3] = {0, 0, 0}, query[3], bound = task.most;
  for (std::int64_t i = begin; i < end; ++i) {
    const bool own = task.query == nullptr;
    const std::uint32_t leaf = own ? static_cast<std::uint32_t>(i / kFan) : kNobody;
    const float* first = own ? tree.point + std::size_t{leaf} * 3 * kFan + i % kFan : task.query + 3 * i;
    for (int axis = 0; axis < 3; ++axis) query[axis] = first[axis * (own ? kFan : 1)];

    if (Nearest::kTakesBound && i > begin) bound = bound_after_step(bound, last, query);
    if (!Nearest::kTakesBound || bound > task.most) bound = task.most;
    nearest.start(bound);
    if (own) visit_leaf(tree, leaf, query, nearest, ~(std::uint32_t{1} << i % kFan));
    descend(tree, query, leaf, own, nearest);
    if (task.second != nullptr) descend(*task.second, query, 0, 0, nearest);

    const std::uint64_t* list = nearest.finish();
    bound = distance_of(list[task.k - 1]);
    for (int axis = 0; axis < 3; ++axis) last[axis] = query[axis];
    const bool by_index = own && task.first < 0;
    write(task, by_index ? tree.index[i] : own ? static_cast<std::uint32_t>(i - task.first) : row_of(task, i), list);
  }
}

void search_radius(const BoxTree& tree, const float* query, float most, const FoundPoints& found) {
  std::uint32_t box[kMaxBoxLevels * kFan + 1];
  std::int32_t level[kMaxBoxLevels * kFan + 1];
  box[0] = 0;
  level[0] = tree.levels;
  float distance[kFan], near_distance[2 * kFan];
  std::uint32_t near_index[2 * kFan];
  for (int top = 1; top > 0;) {
    --top;
    const std::size_t group = box[top];
    const int below = level[top] - 1;
    if (below < 0) {
      const Distances distances = point_distances(tree.point + group * 3 * kFan, query);
      const std::uint32_t near = distances.not_above(most);
      if (near == 0) continue;
      distances.store(distance);
      const std::int64_t count = append(near, distance, tree.index + group * kFan, near_distance, near_index);
      found.add(found.self, near_distance, near_index, count);
      continue;
    }
    std::uint32_t near = box_distances(tree.box[below] + group * 6 * kFan, query).not_above(most);
    while (near != 0) {  // the last box first on the stack, so that points come in tree order
      const int j = 31 - __builtin_clz(near);
      near ^= std::uint32_t{1} << j;
      box[top] = static_cast<std::uint32_t>(group) * kFan + j;
      level[top++] = below;
    }
  }
}

}  // namespace

void TREEWALK_RADIUS_SEARCH(const BoxTree& tree, const float* query, float most, const FoundPoints& found) {
  search_radius(tree, query, most, found);
}

void TREEWALK_KNN_SEARCH(const KnnTask& task, std::int64_t begin, std::int64_t end, std::uint64_t* list) {
  if (task.k == 1) return search(task, begin, end, OneNearest(1));
  if (task.k <= 8) return search(task, begin, end, FewNearest<8>(task.k));
  if (task.k <= 16) return search(task, begin, end, FewNearest<16>(task.k));
  if (task.k <= GatheredNearest::kMost) return search(task, begin, end, GatheredNearest(task.k));
  search(task, begin, end, SortedNearest(list, task.k));
}

}  // namespace treewalk
