// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/sequoia_reference/batch.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace treewalk::sequoia_reference {
namespace {

int level_of_depth(int depth) { return kVoxelDepths - depth; }

/// Rank of every node of a cloud among the nodes of its level.
std::vector<std::int64_t> ranks(const Tree& tree) {
  std::vector<std::int64_t> rank(tree.nodes());
  std::array<std::int64_t, kLevels> next{};
  for (std::int64_t id = 0; id < tree.nodes(); ++id) {
    const int depth = id < tree.points ? kVoxelDepths : static_cast<int>(tree.cell[id - tree.points][3]);
    rank[id] = next[level_of_depth(depth)]++;
  }
  return rank;
}

at::Tensor tensor_of(const std::vector<std::int64_t>& values) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<std::int64_t>());
  return tensor;
}

at::Tensor positions_of(const std::vector<float>& values) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(values.size()) / 3, 3}, at::kFloat);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<float>());
  return tensor;
}

}  // namespace

Batch make_batch(const std::vector<Tree>& trees, const std::vector<at::Tensor>& features) {
  TORCH_CHECK(!trees.empty() && trees.size() == features.size(), "make_batch: got ", trees.size(), " trees and ",
              features.size(), " sets of features");
  std::array<std::vector<float>, kLevels> position;
  std::array<std::vector<std::int64_t>, kLevels - 1> parent, child;
  Batch batch;
  for (Level& level : batch.level) level.first.push_back(0);
  for (const Tree& tree : trees) {
    const auto rank = ranks(tree);
    const auto* p = tree.coordinates.const_data_ptr<float>();
    for (std::int64_t id = 0; id < tree.nodes(); ++id) {
      const int depth = id < tree.points ? kVoxelDepths : static_cast<int>(tree.cell[id - tree.points][3]);
      auto& at_level = position[level_of_depth(depth)];
      at_level.insert(at_level.end(), p + 3 * id, p + 3 * id + 3);
    }
    for (const Edge& edge : tree.edge) {
      const int i = level_of_depth(edge.child_depth);
      parent[i].push_back(batch.level[i + 1].first.back() + rank[edge.parent]);
      child[i].push_back(batch.level[i].first.back() + rank[edge.child]);
    }
    for (int i = 0; i < kLevels; ++i) batch.level[i].first.push_back(static_cast<std::int64_t>(position[i].size()) / 3);
  }
  for (int i = 0; i < kLevels; ++i) batch.level[i].position = positions_of(position[i]);
  for (int i = 0; i + 1 < kLevels; ++i)
    batch.links[i] = {tensor_of(parent[i]), tensor_of(child[i]),
                      static_cast<std::int64_t>(child[i].size()) == batch.level[i].nodes()};
  batch.features = at::cat(features);
  return batch;
}

}  // namespace treewalk::sequoia_reference
