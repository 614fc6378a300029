// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/geometry/box_tree_arrays.h"

namespace treewalk {

/// Squared distance and index as one number that orders by distance, then by index.
HD inline std::uint64_t pack_neighbour(float distance, std::uint32_t index) {
  return static_cast<std::uint64_t>(bits_of(distance)) << 32 | index;
}
HD inline void write_neighbour(std::uint64_t packed, std::int32_t* index, float* distance) {
  const auto point = static_cast<std::uint32_t>(packed);
  *index = point == kNoPoint ? -1 : static_cast<std::int32_t>(point);
  *distance = point == kNoPoint ? kFarAway : float_of_bits(static_cast<std::uint32_t>(packed >> 32));
}

/// The k nearest so far as such numbers, ascending at all times. Room of them
/// are held; where k is less, the first ones are 0, which no point can displace.
template <int Room>
struct NearestList {
  std::uint64_t packed[Room];

  HD void start(std::int64_t k, std::uint64_t nothing) {
    UNROLL
    for (int j = 0; j < Room; ++j) packed[j] = j < Room - k ? 0 : nothing;
  }
  HD std::uint64_t worst() const { return packed[Room - 1]; }
  /// candidate < worst().
  HD void insert(std::uint64_t candidate) {
    UNROLL
    for (int j = 0; j < Room; ++j) {  // without branches, so that all places stay in registers
      const std::uint64_t other = packed[j];
      const bool before = candidate < other;
      packed[j] = before ? candidate : other;
      candidate = before ? other : candidate;
    }
  }
  HD void write(std::int64_t k, std::int32_t* index, float* distance) const {
    UNROLL
    for (int j = 0; j < Room; ++j)
      if (j >= Room - k) write_neighbour(packed[j], index + (j - (Room - k)), distance + (j - (Room - k)));
  }
};

/// The same in memory, for any k.
struct LongNearestList {
  std::uint64_t* packed;
  std::int64_t k;

  HD void start(std::int64_t, std::uint64_t nothing) {
    for (std::int64_t j = 0; j < k; ++j) packed[j] = nothing;
  }
  HD std::uint64_t worst() const { return packed[k - 1]; }
  HD void insert(std::uint64_t candidate) {
    std::int64_t place = k - 1;
    for (; place > 0 && packed[place - 1] > candidate; --place) packed[place] = packed[place - 1];
    packed[place] = candidate;
  }
  HD void write(std::int64_t, std::int32_t* index, float* distance) const {
    for (std::int64_t j = 0; j < k; ++j) write_neighbour(packed[j], index + j, distance + j);
  }
};

/// What to search on a device. Where `query` is null the queries are the tree's own points in tree order, and a point
/// does not find itself.
struct DeviceKnn {
  BoxTree tree;
  std::int64_t k;
  const float* query = nullptr;         ///< [M,3]
  const std::int64_t* order = nullptr;  ///< [M] queries in Morton order
  const std::int64_t* leaf = nullptr;   ///< [M] the leaf to begin with, of each query in that order
  std::int32_t* index;                  ///< [M,k]
  float* distance;                      ///< [M,k]

  /// All leaves that can hold one of the nearest, in tree order and without a stack, after the one that the query
  /// would lie in.
  template <class List>
  HD void search(std::int64_t item, List list) const {
    const bool own = query == nullptr;
    const auto first = static_cast<std::uint32_t>(own ? item / kFan : leaf[item]);
    const std::int64_t itself = own ? item : -1;  // its place in the leaves
    float at[3];
    for (int axis = 0; axis < 3; ++axis)
      at[axis] =
          own ? tree.point[(std::int64_t{first} * 3 + axis) * kFan + item % kFan] : query[3 * order[item] + axis];
    list.start(k, pack_neighbour(kFarAway, kNoPoint));
    Place place{tree.levels - 1, 0};
    for (std::uint32_t next = first; next != kNoPoint; next = next_leaf(place, first, at, list.worst()))
      visit(next, at, itself, list);
    const std::int64_t row = own ? tree.index[item] : order[item];
    list.write(k, index + row * k, distance + row * k);
  }

 private:
  /// A box that was not looked at yet; those before it were.
  struct Place {
    int level;
    std::uint32_t box;
  };

  /// The next leaf that may hold what comes before `worst`, in tree order; kNoPoint behind the last one. All that lead
  /// there are passed over with their boxes, without a stack: behind the last of a group comes the one behind its
  /// parent.
  HD std::uint32_t next_leaf(Place& place, std::uint32_t seen, const float* at, std::uint64_t worst) const {
    const int top = tree.levels - 1;
    std::uint32_t boxes = tree.boxes(place.level);
    while (place.box < boxes) {
      const std::uint32_t box = place.box;
      const int level = place.level;
      const bool near = pack_neighbour(box_distance(level, box, at), tree.lowest[level][box]) < worst;
      if (near && level > 0) {
        place = {level - 1, box * kFan};
        boxes = tree.boxes(level - 1);
        continue;
      }
      ++place.box;
      while (place.level < top && (place.box % kFan == 0 || place.box == boxes)) {
        place = {place.level + 1, (place.box + kFan - 1) / kFan};
        boxes = tree.boxes(place.level);
      }
      if (near && box != seen) return box;
    }
    return kNoPoint;
  }

  HD static float larger(float a, float b) { return a > b ? a : b; }

  /// Rounding is monotonic, so no point of a box can come out nearer than its box.
  HD float box_distance(int level, std::uint32_t box, const float* at) const {
    const float* side = tree.box[level] + std::int64_t{box / kFan} * 6 * kFan + box % kFan;
    float gap[3];
    for (int axis = 0; axis < 3; ++axis)
      gap[axis] = larger(larger(side[axis * kFan] - at[axis], at[axis] - side[(3 + axis) * kFan]), 0);
    return (gap[0] * gap[0] + gap[1] * gap[1]) + gap[2] * gap[2];
  }

  template <class List>
  HD void visit(std::uint32_t of, const float* at, std::int64_t itself, List& list) const {
    NO_UNROLL
    for (int j = 0; j < kFan; ++j) {
      const float* point = tree.point + std::int64_t{of} * 3 * kFan + j;
      const float x = point[0] - at[0], y = point[kFan] - at[1], z = point[2 * kFan] - at[2];
      const float distance = (x * x + y * y) + z * z;
      if (bits_of(distance) > static_cast<std::uint32_t>(list.worst() >> 32)) continue;
      const std::int64_t place = std::int64_t{of} * kFan + j;
      const std::uint64_t candidate = pack_neighbour(distance, tree.index[place]);
      if (candidate < list.worst() && place != itself) list.insert(candidate);
    }
  }
};

/// The nearest of every query, for k up to Room: lists in registers.
template <int Room>
struct NearestRows : DeviceKnn {
  static constexpr std::int64_t grain = 64;
  static constexpr int cuda_blocks =
      Room > 16 ? 4 : 8;  // half of the warps that a GPU can hold, a quarter for long lists
  explicit NearestRows(const DeviceKnn& task) : DeviceKnn(task) {}
  HD void operator()(std::int64_t item) const { search(item, NearestList<Room>()); }
};

/// The same for any k: lists in `list` [M,k].
struct LongNearestRows : DeviceKnn {
  static constexpr std::int64_t grain = 64;
  std::uint64_t* list;
  LongNearestRows(const DeviceKnn& task, std::uint64_t* list) : DeviceKnn(task), list(list) {}
  HD void operator()(std::int64_t item) const { search(item, LongNearestList{list + item * k, k}); }
};

}  // namespace treewalk
