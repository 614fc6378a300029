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

/// A tree of boxes and the memory it lies in.
struct BoxTreeMemory {
  BoxTree tree;
  Raw<float> point, box[kMaxBoxLevels];
  Raw<std::uint32_t> index, lowest[kMaxBoxLevels];
};

/// How the points of a tree are divided: as a k-d tree does (kd_order.h), or along a Morton curve. The latter takes a
/// third of the time; its boxes overlap, so that a query takes about twice as long. Results are the same.
enum class Division { kd_tree, morton };

/// point [size,3], finite, at least one. name [size]: what searches call the points, each different, and what decides
/// between equal distances; null: their indices.
BoxTreeMemory build_box_tree(const float* point, std::int64_t size, const std::int32_t* name = nullptr,
                             Division division = Division::kd_tree);

/// The searches for this machine's instruction set.
KnnSearch* knn_search_for_cpu();
RadiusSearch* radius_search_for_cpu();

}  // namespace treewalk
