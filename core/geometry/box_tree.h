// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/geometry/knn_search.h"
#include "core/geometry/radix_sort.h"

namespace treewalk {

using Item = Keyed<std::uint32_t>;

/// The indices of points [size,3], finite, in Morton order within their box; equal points by index.
Raw<Item> morton_order(const float* point, std::int64_t size);

/// The cube of the points, cut into 1024 cells an axis.
struct MortonGrid {
  double lower[3] = {0, 0, 0}, inv_cell = 0;
  /// Of the nearest cell of the grid. Finite points.
  std::uint32_t key(const float* point, std::int64_t stride = 1) const;
};

/// A tree of boxes and the memory it lies in.
struct BoxTreeMemory {
  BoxTree tree;
  Raw<float> point, box[kMaxBoxLevels];
  Raw<std::uint32_t> index, lowest[kMaxBoxLevels];
  Raw<std::uint32_t> first_key;  ///< [leaves] of the first point of each in the Morton grid
  MortonGrid grid;

  /// Where the query would be in the order of the points: a leaf, whose points are mostly near.
  std::uint32_t leaf_at(const float* query) const;
};

/// point [size,3], finite, at least one; item: their morton_order. name [size]: what searches call the points, each
/// different, and what decides between equal distances; null: their indices.
BoxTreeMemory build_box_tree(const float* point, std::int64_t size, const Item* item,
                             const std::int32_t* name = nullptr);

/// The searches for this machine's instruction set.
KnnSearch* knn_search_for_cpu();
RadiusSearch* radius_search_for_cpu();

}  // namespace treewalk
