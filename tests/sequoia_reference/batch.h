// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

#include "tests/sequoia_reference/tree.h"

namespace treewalk::sequoia_reference {

/// Nodes of one network level of all clouds, by ascending id: the clouds one after the other.
struct Level {
  at::Tensor position;              ///< [n,3] float32
  std::vector<std::int64_t> first;  ///< cloud c has the nodes first[c] .. first[c + 1] - 1

  std::int64_t nodes() const { return first.back(); }
};

/// Edges between level i (children) and level i + 1 (parents), in the order of the tree's edge rows.
struct Links {
  at::Tensor parent, child;  ///< [E] int64, ranks within their levels

  /// Every child has one parent. Rounding could give it two; then the softmax over parents is not trivial.
  bool single_parents = true;
};

/// Several clouds as the network sees them: release as specified, section 1.3.
struct Batch {
  std::array<Level, kLevels> level;
  std::array<Links, kLevels - 1> links;
  at::Tensor features;  ///< [points, 3] float32: normals (classification) or positions (segmentation)
  /// Per level: [n,K] rows of nearest nodes, nearest first, where they were searched before; undefined: whoever needs
  /// them searches.
  std::array<at::Tensor, kLevels> nearest;

  std::int64_t clouds() const { return static_cast<std::int64_t>(level[0].first.size()) - 1; }
};

/// trees and features (one [N,3] float32 per cloud) in the same order; at least one.
Batch make_batch(const std::vector<Tree>& trees, const std::vector<at::Tensor>& features);

}  // namespace treewalk::sequoia_reference
