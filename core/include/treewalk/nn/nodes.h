// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "treewalk/model.h"
#include "treewalk/nn/tree.h"
#include "treewalk/trainer.h"

namespace treewalk::nn {
/// \addtogroup training
/// @{

/// A graph, a sequence or the leaves of a tree, with what is known of the nodes. No coordinates are needed.
struct Nodes {
  int columns = 0;             ///< numbers that each node brings, at least 1
  std::vector<float> feature;  ///< [N,columns] finite, one node after the other
  /// Graphs: [N+1]; the neighbours of node i are column[offset[i]] to column[offset[i + 1] - 1]. Edges count both ways,
  /// also where only one is given, and loops not at all.
  std::vector<std::int64_t> offset;
  std::vector<std::int32_t> column;  ///< graphs: [E] nodes
  Tree tree;                         ///< trees: as many levels as the recipe has widths; its leaves are the nodes
  /// For training: of each node, as the recipe's classes have it in "from" or, without that, as their "id"; -1: not
  /// known, and not learned from. "task" "classification": one for the whole graph, the id of its class.
  std::vector<std::int32_t> label;
};

/// How a NodeModel is trained.
struct NodeTraining {
  /// A recipe as JSON text: "task" ("segmentation" labels nodes, "classification" whole graphs), "classes", "network"
  /// and "training" as for clouds, without what belongs to points and cells; "data": "graphs" (the default),
  /// "sequences" or "trees". In "network" are "hierarchy", "fixed" or "learned", and of sequences "branch" (children of
  /// a node) and, where it is learned, "contiguous": whether clusters are intervals.
  std::string recipe;
  int threads = 0;              ///< 0: as many as the machine has cores
  std::string device = "auto";  ///< "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:i"
  std::function<bool(const TrainingProgress&)> progress;  ///< returning false ends the training with Cancelled
};

/// What a network learned of graphs, sequences or trees. It never changes, so any number of threads may share it.
class TREEWALK_EXPORT NodeModel {
 public:
  ~NodeModel();
  NodeModel(NodeModel&&) noexcept;  ///< The other may only be assigned to after that.
  /// Moves likewise.
  /// \return this
  NodeModel& operator=(NodeModel&&) noexcept;

  /// Reads a file that save() wrote. Throws Error for any other.
  /// \param file to read
  /// \return the model, whose results have the same bits
  static NodeModel load(const std::filesystem::path& file);
  /// Writes the model; the file appears whole or not at all.
  /// \param file to write
  void save(const std::filesystem::path& file) const;

  /// The recipe's classes.
  /// \return in the order of the probabilities
  std::vector<ClassInfo> classes() const;
  /// How probable each class is. Throws Error for nodes that are not like those of the training.
  /// \param nodes without labels, or with
  /// \param threads 0: as many as the machine has cores; the result has the same bits for any number
  /// \return [N,classes]; of a classification [classes]
  std::vector<float> probabilities(const Nodes& nodes, int threads = 0) const;
  /// The ids of the most probable classes, of equal ones the first.
  /// \param nodes likewise
  /// \param threads likewise
  /// \return [N]; of a classification one
  std::vector<std::int32_t> labels(const Nodes& nodes, int threads = 0) const;
  /// In which cluster of a level each node is: the hierarchy that labels are found with, fixed or learned.
  /// \param nodes likewise
  /// \param level 0 (each node by itself) to the last
  /// \param threads likewise
  /// \return [N] numbers of clusters, from 0
  std::vector<std::int32_t> clusters(const Nodes& nodes, int level, int threads = 0) const;

 private:
  struct Impl;
  friend NodeModel train_nodes(const std::vector<Nodes>& data, const NodeTraining& options);
  explicit NodeModel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Trains a model. On a CPU the same data and recipe give the same bits for any number of threads. Throws Error for a
/// bad recipe, for data that do not fit it (naming the graph and the node), and where nothing is labelled; Cancelled.
/// \param data at least one, all of the same columns
/// \param options the recipe is needed
/// \return the model
TREEWALK_EXPORT NodeModel train_nodes(const std::vector<Nodes>& data, const NodeTraining& options);

/// Where nodes are in a graph without coordinates: how probable it is that a random walk of 1, 2, .. hops ends where it
/// began, exactly. As features they tell a leaf from a middle and one cycle from another. Time and memory grow with the
/// nodes within so many hops of each node. Nodes without edges never return.
/// \param offset [N+1] of a graph as in Nodes
/// \param column [E] of it
/// \param hops 1 to 64
/// \param threads 0: as many as the machine has cores
/// \return [N,hops]
TREEWALK_EXPORT std::vector<float> return_probabilities(const std::vector<std::int64_t>& offset,
                                                        const std::vector<std::int32_t>& column, int hops,
                                                        int threads = 0);

/// @}
}  // namespace treewalk::nn
