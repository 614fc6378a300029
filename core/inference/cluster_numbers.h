// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

#include "core/geometry/octree.h"
#include "treewalk/session.h"

namespace treewalk {

/// Which node of a level each point lies in. A cluster is known by the cell around which it was found.
struct PointNodes {
  at::Tensor node;  ///< [n] int32
  at::Tensor key;   ///< OctreeLevel::key of the level
  Grid grid;
};

/// Gives nodes that hold points numbers from result.count on, and points those of their nodes.
class ClusterNumbers {
 public:
  ClusterNumbers(int level, Clustering& result) : level_(level), result_(result) {}

  /// Of points that no other part knows, in the order of the nodes. kept: their places in the cloud.
  void whole(const PointNodes& nodes, const std::vector<std::int32_t>& kept);
  /// Of the points of a part that are its own, where other parts of their group may know the same cells.
  void part(const PointNodes& nodes, const std::vector<std::int32_t>& kept, const std::vector<std::uint8_t>& own);
  /// After the last part of a group: in the order of the cells along the curve over the whole group.
  void end_group();

 private:
  /// A cell of that level, wherever grids begin.
  struct Named {
    std::array<std::int64_t, 3> window, cell;  ///< the first cell of its window, and its place in there
  };

  int level_;
  Clustering& result_;
  int branching_ = 2;
  std::vector<Named> cell_;  ///< of the group's parts so far, whose points are numbered by these
};

}  // namespace treewalk
