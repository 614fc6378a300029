// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>
#include <vector>

namespace treewalk {

/// Which inputs a network reads and how cells are made; part of a recipe.
struct SceneOptions {
  double cell_size = 0.01;
  int levels = 5;
  int branching = 2;                      ///< a cell has up to branching^3 children: 2 an octree, 3 a 27-way tree
  int neighbours = 8;                     ///< nearest cells of the same level, for normals and as siblings
  std::string hierarchy = "octree";       ///< cells; clusters of them by "position"; "learned": a network's
  int rounds = 2, learned_levels = 2;     ///< of clusters: rounds that find them, and levels above the leaves they are
  bool contiguous = false;                ///< clusters of sequences are intervals (clusters.h)
  std::string siblings = "nearest";       ///< a cell attends to its "nearest" cells, or "tree": its parent's children
  std::string orientation = "viewpoint";  ///< normals turned to the "viewpoint", "up", or "outward" from the middle
  std::string normalise = "none";         ///< "box" or "sphere": see normalise.h; the last level is then one cube
  std::string frame = "input";            ///< "principal": see normalise.h
  int points = 0;                         ///< clouds with more points are thinned to so many; 0: never
  std::vector<std::string> features;      ///< names of modules, in the order of their columns; see feature.h
  std::vector<int> columns = {};          ///< of inputs that are given (node_scene.h), by level; none for clouds
};

/// How many of their sides apart cells of one level may lie and still be siblings, so that what a label depends on ends
/// somewhere; 0: any number, where the cloud is normalised.
double sibling_reach(const SceneOptions& options);

/// Levels above the leaves whose nodes are clusters, found by position or chosen by a network; 0: all nodes are cells.
int levels_of_clusters(const SceneOptions& options);

/// The inputs beside the position that a recipe may name.
const std::vector<std::string>& input_field_names();

}  // namespace treewalk
