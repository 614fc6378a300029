// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/attention/family.h"
#include "core/attention/linear_attention.h"
#include "core/attention/mask_spec.h"
#include "core/network/layers.h"
#include "core/walks/mask.h"
#include "core/walks/walks.h"

namespace treewalk {

/// The mask of some nodes: their walks, and the rows that attention runs over.
struct BlockMask {
  WalkBasis basis;
  MaskRows rows;        ///< of Phi, or of Phi Phi^T
  MaskPattern pattern;  ///< Phi Phi^T by entries only
  WalkBasis other;      ///< a second set of walks, where the diagonal is to be independent
};

/// Over the nodes of levels from..to: each level's graph of nearest cells, and the tree between levels where the recipe
/// has it. cloud_cell: per level where each cloud's cells begin; a cloud's walks do not depend on its company.
BlockMask block_mask(const Hierarchy& hierarchy, const std::vector<at::Tensor>& cloud_cell, int from, int to,
                     const MaskSpec& spec, std::uint64_t seed, bool for_training);

/// Linear attention under a topological mask and a multi-layer perceptron, both pre-norm with residuals, as family
/// blocks. Position enters through the values: the attended mean of offset, distance and normals, in the query's frame
/// of reference and units. The mask's modulation f = softplus(theta) is learned per head; theta = 0 to start with.
/// Without a mask: linear attention over all nodes of a cloud and level.
class MaskBlock {
 public:
  enum Kind { masked, global };
  MaskBlock() = default;
  MaskBlock(ParameterTable& table, const std::string& name, int width, int heads, double expansion, Kind kind,
            const MaskSpec& spec);
  /// x [n,width], node [n,8] the nodes' records and one mask, or one per head (masked); groups [clouds+1] int32: where
  /// the rows of a cloud and level begin (global).
  at::Tensor operator()(const Weights& weights, const at::Tensor& x, const at::Tensor& node,
                        const std::vector<BlockMask>* masks, const at::Tensor& groups,
                        Dropout* dropout = nullptr) const;
  int heads() const { return heads_; }
  Kind kind() const { return kind_; }

 private:
  at::Tensor attend(const LinearInput& in, const BlockMask& mask, const at::Tensor& f) const;

  int width_ = 0, heads_ = 1;
  Kind kind_ = masked;
  MaskSpec spec_;
  at::Tensor directions_;
  LayerNorm norm_, mlp_norm_;
  Linear query_, key_, value_, out_, mlp_in_, mlp_out_;
  int theta_ = -1;
};

}  // namespace treewalk
