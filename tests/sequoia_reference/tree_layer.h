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

namespace treewalk::sequoia_reference {

// The attention of Sequoia (TMLR 2024), release as specified, section 2, in the tensor form of the release: keys,
// values and positions are gathered per edge.

constexpr std::int64_t kBaseWidth = 128, kHeads = 4;
constexpr std::int64_t width_of(int level) { return kBaseWidth << level; }
constexpr std::int64_t head_width_of(int level) { return width_of(level) / kHeads; }

/// One tensor per network level; undefined where a level takes no part.
using PerLevel = std::array<at::Tensor, kLevels>;
/// Which levels are wanted.
using LevelSet = std::array<bool, kLevels>;

/// |a|^2 + |b|^2 - 2ab between all nodes from `begin` up to `end`: [n,n] float32.
at::Tensor squared_distances(const at::Tensor& position, std::int64_t begin, std::int64_t end);

/// The k nearest nodes of the same level and cloud (self included), by a full sort of all distances; a cloud with fewer
/// nodes repeats its nearest. -> [n,k] int64, ranks within the level.
at::Tensor nearest_by_sorting(const Level& level, std::int64_t k);

/// The same rows by one pass over each row of the same distances that keeps the k smallest so far. Of equal distances
/// the lower rank comes first, where sorting leaves it open.
at::Tensor nearest_by_selection(const Level& level, std::int64_t k);

/// Which relation of the family: the order of theta.
enum Relation { kParent, kChildren, kSibling, kRelations };

/// r(delta) = A2 ReLU(BN(A1 delta + a1)) + a2, shared by the heads.
struct RelativePosition {
  Linear in, out;
  BatchNorm norm;
  RelativePosition() = default;
  RelativePosition(StateDict& state, const std::string& name, std::int64_t width);
  at::Tensor operator()(const at::Tensor& delta, const Mode& mode) const;
};

class TreeLayer {
 public:
  TreeLayer(StateDict& state, const std::string& name, std::int64_t siblings);

  /// y: the block's inputs after its first mlp. Gives z at the levels of `wanted`; y may be undefined where no wanted
  /// level has a neighbour. skip_trivial leaves out the logits of single parents, whose softmax is 1.
  PerLevel operator()(const PerLevel& y, const Batch& batch, const LevelSet& wanted, bool skip_trivial,
                      const Mode& mode) const;

  /// Output of one relation at one level [n,C], before the mixture; undefined where the level lacks the relation.
  /// siblings [n,K]: see nearest_by_sorting; only for kSibling.
  at::Tensor relation(Relation relation, int level, const PerLevel& y, const Batch& batch, const at::Tensor& siblings,
                      bool skip_trivial, const Mode& mode) const;

  std::int64_t siblings() const { return siblings_; }
  /// softmax(theta) [3].
  at::Tensor mixture() const;

 private:
  class Projections;
  at::Tensor relation(Relation relation, int level, Projections& projections, const Batch& batch,
                      const at::Tensor& siblings, bool skip_trivial, const Mode& mode) const;
  at::Tensor parents(int level, Projections& projections, const Batch& batch, bool skip_trivial,
                     const Mode& mode) const;
  at::Tensor children(int level, Projections& projections, const Batch& batch, const Mode& mode) const;
  at::Tensor nearest(int level, Projections& projections, const Batch& batch, const at::Tensor& siblings,
                     const Mode& mode) const;

  std::int64_t siblings_;
  at::Tensor theta_;
  std::array<Linear, kLevels> query_, key_, value_;
  std::array<Linear, kLevels - 1> expand_key_, expand_value_, shrink_key_, shrink_value_;
  std::array<std::array<RelativePosition, kLevels>, kRelations> position_;
};

}  // namespace treewalk::sequoia_reference
