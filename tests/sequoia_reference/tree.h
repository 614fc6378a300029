// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

namespace treewalk::sequoia_reference {

// The fixed hierarchy of one cloud: Sequoia (TMLR 2024), release as specified, sections 1.1, 1.2 and 1.4.

constexpr int kVoxelDepths = 3;            ///< tree depths 0 (root), 1, 2; the points are depth 3
constexpr int kLevels = kVoxelDepths + 1;  ///< network levels: 0 the points ... 3 the root; level = 3 - depth
constexpr int kBranching = 3;              ///< cells per axis and depth

/// Where the centres of voxels are. The release forgets to add the corner of the box back.
enum class CentreFrame { from_box_corner, of_the_points };

struct Edge {
  std::int64_t parent = 0, child = 0;
  int parent_depth = 0, child_depth = 0;
};

/// Points have ids 0..points-1 in their order; voxels follow, sorted by the hash of their cell.
struct Tree {
  std::int64_t points = 0;
  std::vector<std::array<std::int64_t, 4>> cell;  ///< gx, gy, gz, depth of voxel id points + r
  at::Tensor coordinates;                         ///< [points + voxels, 3] float32, by id
  std::vector<Edge> edge;  ///< root's, then the depths between in the order of the pair's hash, then one per point

  std::int64_t nodes() const { return points + static_cast<std::int64_t>(cell.size()); }
};

/// 64-bit FNV-1 over whole words: multiply, then exclusive or.
std::uint64_t hash_of(const std::int64_t* word, int words);

/// position [N,3] float32, N >= 1, finite. Arithmetic is float32 throughout.
Tree build_tree(const at::Tensor& position, CentreFrame frame = CentreFrame::from_box_corner);

}  // namespace treewalk::sequoia_reference
