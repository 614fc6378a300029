// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/sequoia_reference/layers.h"
#include "tests/sequoia_reference/tree.h"

namespace treewalk::sequoia_reference {

// The networks once more, as loops in double over the nodes of one cloud, straight from the formulas: the oracle for
// the tensor form. Only weights, by name, and tree edges, by id, are shared with it. Evaluation mode, and every defect
// of the release as it is.

using Row = std::vector<double>;

class PlainNetwork {
 public:
  /// siblings: ids of the K nearest per node; [] for the root. They are input, because voxel centres lie on a grid and
  /// which of equally distant ones is taken is a matter of rounding.
  PlainNetwork(const StateDict& state, const Tree& tree, std::vector<std::vector<std::int64_t>> siblings);

  /// Initial features by id. leaf_neighbours: ids of the 16 nearest per point; [] for networks without them.
  std::vector<Row> embedding(const at::Tensor& features,
                             const std::vector<std::vector<std::int64_t>>& leaf_neighbours) const;
  /// Outputs of one relation ("parents", "children", "siblings") of block b by id; zeros where it is missing.
  std::vector<Row> relation(int block, const std::string& name, const std::vector<Row>& y) const;
  std::vector<Row> block(int block, const std::vector<Row>& x) const;
  Row linear(const std::string& name, const Row& x) const;
  Row batch_norm(const std::string& name, const Row& x) const;
  int level(std::int64_t id) const { return level_[id]; }

 private:
  Row relative_position(const std::string& name, std::int64_t query, std::int64_t key) const;
  std::vector<std::int64_t> keys(const std::string& relation, std::int64_t query) const;

  const StateDict& state_;
  const Tree& tree_;
  std::vector<int> level_;
  std::vector<std::array<double, 3>> position_;
  std::vector<std::vector<std::int64_t>> parents_, children_, siblings_;
};

void relu(Row& x);

}  // namespace treewalk::sequoia_reference
