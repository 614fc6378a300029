// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/geometry/octree_part.h"
#include "core/network/network.h"
#include "core/scene/scene.h"

namespace treewalk {

// Clusters of a cloud that is in tiles: they are found among all of its cells at once, which take little memory each,
// and tiles are told which they hold. Those of the whole cloud are on the CPU.

/// Clusters by position of the whole cloud (clusters_by_position); found on that device. octree: on the CPU.
CellClusters find_by_position(const Octree& octree, const CellSums& leaves, const SceneOptions& options,
                              const Placement& placement, c10::Device device);
/// Those of a part's nodes of the levels below `level`, on the device.
CellClusters clusters_in(const OctreePart& part, int level, const CellClusters& whole, c10::Device device);
/// Those of the levels from `level` up, above which nodes are cells: of an octree without others (octree_from).
CellClusters clusters_from(int level, const CellClusters& whole, c10::Device device);

/// A part's nodes once clusters have been chosen, on a device.
struct ChosenPart {
  std::vector<at::Tensor> parent;  ///< of the levels whose nodes have chosen, as Hierarchy::parent
  at::Tensor node;                 ///< records of all levels
};
/// The part's hierarchy of cells with these clusters.
Hierarchy with_clusters(Hierarchy cells, const ChosenPart& chosen);

/// The hierarchy of a whole cloud whose network chooses clusters, lowest level first.
class ChosenHierarchy {
 public:
  /// octree: the cloud's, on the CPU.
  explicit ChosenHierarchy(const Octree& octree);
  int levels_chosen() const { return levels_chosen_; }

  /// The records of a level's cells [n_l,8], to be written before the first choice.
  at::Tensor records(int level) { return cells_.records(level); }

  /// What all nodes of the next level choose. step: that choice alone; x: features of all nodes of its level.
  void choose(const Network& network, const Weights& weights, const SceneOptions& options, const Step& step,
              const at::Tensor& x, c10::Device device);

  /// As far as has been chosen, here and below.
  ChosenPart in(const OctreePart& part, c10::Device device) const;
  /// Records of the levels from `level` up.
  at::Tensor nodes_from(int level, c10::Device device) const;
  const std::vector<at::Tensor>& parent() const { return chosen_.parent; }

 private:
  Grid grid_;
  Hierarchy cells_, chosen_;
  int levels_chosen_ = 0;
};

}  // namespace treewalk
