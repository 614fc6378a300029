// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <vector>

#include "treewalk/cloud.h"

/// Networks over hierarchies, graphs and sequences of one's own, without a cloud.
namespace treewalk::nn {
/// \addtogroup core
/// @{

/// One level of a tree. What is empty is made up.
struct TreeLevel {
  std::int64_t size = 0;             ///< nodes of this level
  std::vector<std::int32_t> parent;  ///< [size] node of the next level, counted from 0 there; empty for the last level
  /// [size,8] of each node: mean position (3), size, unit normal (3), number of leaves. Attention sees where nodes lie
  /// to each other by these. Empty: all at one place, of size 1, without normals.
  std::vector<float> record;
  /// [size+1] and the nodes beside each, nearest first, none of them itself: node i has sibling[sibling_offset[i]] to
  /// sibling[sibling_offset[i + 1] - 1]. Both empty: the other children of the node's parent, ascending.
  std::vector<std::int64_t> sibling_offset;
  std::vector<std::int32_t> sibling;  ///< [E] nodes of this level
  /// What tree_of_parents calls each node; nothing else reads it.
  std::vector<std::int32_t> name;
};

/// A hierarchy: levels, finest first. Every node but those of the last level has its parent in the level above; a node
/// above the leaves may have any number of children, none too. At least one level and at most 22. What breaks this is
/// an Error that names the level and the node.
struct Tree {
  std::vector<TreeLevel> level;  ///< finest first
};

/// Levels for a tree, or several, that are given by parents alone. Leaves, the nodes without children, become level 0
/// in their order; every other node lies one level above the highest of its children. Where a parent lies more than one
/// level above, and where a root lies below the last level, nodes of one child each fill the levels between. Nodes of a
/// level are ordered by their names. Throws Error for a parent that is no node, and for a node that is its own
/// ancestor. No nodes: one level without any.
/// \param parent of each node, its index; -1 of a root
/// \return the levels; `name` holds for each node which of the given ones it stands for, below whose level it may lie
TREEWALK_EXPORT Tree tree_of_parents(const std::vector<std::int32_t>& parent);

/// The tree of a sequence: `branch` nodes in a row have a common parent; the last one of a level may have fewer
/// children. The place of a node is the mean of its places in the sequence, along the first axis, its size
/// branch^level, and its siblings are the nearest ones, of equally near the earlier one first. Throws Error for another
/// length, branch or number of levels.
/// \param length 0 to 2^24
/// \param levels 1 to 22
/// \param branch children of a node, 2 to 1024
/// \param siblings of a node, at most; 0 to 64
/// \return the levels
TREEWALK_EXPORT Tree sequence_tree(std::int64_t length, int levels, int branch = 4, int siblings = 8);

/// How the points of an organised cloud become levels.
struct ScanLines {
  int levels = 5;      ///< points, runs, what lies above them, and a single node: 3 to 22
  int longest = 16;    ///< points of a run, at most: 1 to 2^20
  double jump = 0.05;  ///< runs end where ranges differ by more than this share of the nearer one; above 0
  int neighbours = 8;  ///< siblings of a node, at most: 1 to 64
};

/// The tree of an organised cloud, such as a depth image or the rings of a spinning lidar. Its leaves are the points
/// with finite coordinates, row by row. Points of a row that follow each other, with no other between them and without
/// a jump of their range, have a run as their common parent, equally long parts of it where it is too long. Range is
/// the distance from the viewpoint. Above runs, some nodes become seeds: no two of them are among the nearest 4 of each
/// other, and every other node has a seed there, whose parent it takes, the nearest one's; nodes at one place count as
/// one. The last level is one node. A node's place is the mean of its points; its size the longest side of their box,
/// though at least the cloud's mean step between points of a run (1 where there is none); its siblings are the nearest
/// nodes of its level, nearest first, of equally near ones the lower number. Time grows with the points. Throws Error
/// for a width that does not divide the cloud, for points further out than 1e18 (doubles: from their minimum), and for
/// options beyond these limits. No finite point: levels without any. \param cloud with x, y and z \param width points
/// in a row, above 0 \param options as above \return the levels; `name` of the first holds the place of each leaf in
/// the cloud
TREEWALK_EXPORT Tree scan_line_tree(const CloudView& cloud, std::int64_t width, const ScanLines& options = {});

/// @}
}  // namespace treewalk::nn
