// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/sequoia_reference/batch.h"
#include "tests/sequoia_reference/layers.h"
#include "tests/sequoia_reference/tree_layer.h"

namespace treewalk::sequoia_reference {

// This folder is the released network of Sequoia (TMLR 2024) written again in C++ from its description, operation by
// operation and with the same names of weights, so that treewalk can be compared with it: an oracle for tests and the
// rival in benchmarks. treewalk uses nothing of it.
//
// The point-cloud networks of Sequoia, release as specified, sections 1.5, 2.4 to 2.6 and 3. Its defects
// are switches, off unless said otherwise; the frame of the centres is chosen in build_tree.

struct Switches {
  bool aligned_pooling = false;  ///< level 1 pools into its parents, and not into those named in the order of hashes
  bool residual = false;         ///< the block's last mlp and residual, which the release computes and discards
  bool pruned = false;           ///< leaves out what cannot reach the result (exact)
  bool no_last_mlp = false;      ///< leaves out the mlp that is discarded, and nothing else (exact); not with residual
  /// Neighbours are searched once a cloud, by this function; null: anew in every block, by sorting. Exact where it
  /// gives the rows of nearest_by_sorting.
  at::Tensor (*search)(const Level& level, std::int64_t k) = nullptr;
};

constexpr int kBlocks = 4;
constexpr std::int64_t kLeafNeighbours = 16;  ///< points whose features a point of a classifier starts from

/// The release without what costs much for nothing: its full sort of all distances, its repeated search and its
/// discarded mlp. The same bits, but that of nodes that are equally far others may be taken.
Switches repaired();

/// Levels whose outputs of block b = 1..4 (0: the embedding) reach the result at level `target`.
LevelSet needed_levels(int block, int target);

/// The parent that each node of level i is pooled into: [n_i] int64 ranks within level i + 1. The release pairs the
/// nodes of level 1, by id, with edge rows, by hash. Of the edges of a child with two parents only the first counts.
at::Tensor pooled_into(const Batch& batch, int level, bool aligned);

/// Initial features of all levels.
class Embedding {
 public:
  enum Kind { of_normals, of_positions };
  Embedding(StateDict& state, Kind kind);
  PerLevel operator()(const Batch& batch, bool aligned_pooling, const Mode& mode) const;
  Kind kind() const { return kind_; }

 private:
  at::Tensor points(const Batch& batch, const Mode& mode) const;

  Kind kind_;
  Linear leaf_;
  BatchNorm leaf_norm_;
  std::array<LinearNorm, kLevels> up_;  // of the levels 1..3
};

class Block {
 public:
  Block(StateDict& state, const std::string& name, std::int64_t siblings);
  /// x at the levels that `wanted` and its neighbours name -> x' at the wanted levels.
  PerLevel operator()(const PerLevel& x, const Batch& batch, const LevelSet& wanted, const Switches& switches,
                      const Mode& mode) const;
  const TreeLayer& layer() const { return layer_; }
  /// What the block gives to its tree layer.
  PerLevel first_mlp(const PerLevel& x, const Mode& mode) const;

 private:
  std::array<LinearNorm, kLevels> in_;
  TreeLayer layer_;
  std::array<BatchNorm, kLevels> norm_;
  std::array<LinearNorm, kLevels> out_;
};

/// What classifier and segmenter share.
class Network {
 public:
  Network(Embedding::Kind kind, std::int64_t siblings, int target, Start start, std::uint64_t seed);

  /// Features of the target level after all blocks.
  at::Tensor features(const Batch& clouds, const Switches& switches, const Mode& mode) const;

  StateDict& state() { return state_; }
  const StateDict& state() const { return state_; }
  const Embedding& embedding() const { return embedding_; }
  const std::vector<Block>& blocks() const { return blocks_; }

 private:
  Batch searched(const Batch& batch, const Switches& switches) const;

  StateDict state_;
  int target_;
  Embedding embedding_;
  std::vector<Block> blocks_;
};

/// 40 classes of ModelNet40 from the root; leaf features are unit normals.
class Classifier : public Network {
 public:
  explicit Classifier(std::uint64_t seed, std::int64_t classes = 40);
  /// -> [clouds, classes]
  at::Tensor operator()(const Batch& batch, const Switches& switches, const Mode& mode) const;

 private:
  Linear hidden_;
  BatchNorm norm_;
  Linear score_;
};

/// 50 parts of ShapeNetPart from the points; leaf features are positions.
class Segmenter : public Network {
 public:
  explicit Segmenter(std::uint64_t seed, std::int64_t categories = 16, std::int64_t parts = 50);
  /// category [clouds] int64 -> [points, parts]
  at::Tensor operator()(const Batch& batch, const at::Tensor& category, const Switches& switches,
                        const Mode& mode) const;

 private:
  std::int64_t categories_;
  Linear hidden_;
  LayerNorm norm_;
  Linear score_;
};

/// Cross-entropy of logits [n,classes] with 1 - smoothing on the class and smoothing / (classes - 1) on each other.
at::Tensor smoothed_loss(const at::Tensor& logits, const at::Tensor& label, double smoothing = 0.2);

}  // namespace treewalk::sequoia_reference
