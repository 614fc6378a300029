// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/sequoia_reference/batch.h"
#include "tests/sequoia_reference/plain.h"
#include "tests/sequoia_reference/tree.h"
#include "tests/sequoia_reference/tree_layer.h"

namespace treewalk::sequoia_reference {

/// Ids of the nodes of every level, ascending: the ranks of the tensor form.
inline std::array<std::vector<std::int64_t>, kLevels> ids_of_levels(const Tree& tree) {
  std::array<std::vector<std::int64_t>, kLevels> ids;
  for (std::int64_t id = 0; id < tree.nodes(); ++id)
    ids[id < tree.points ? 0 : 3 - tree.cell[id - tree.points][3]].push_back(id);
  return ids;
}

/// One cloud in both forms.
struct Example {
  Tree tree;
  at::Tensor features;
  Batch batch;
  std::array<std::vector<std::int64_t>, kLevels> ids;
  std::vector<std::vector<std::int64_t>> siblings, leaf_neighbours;  // by id

  Example(const at::Tensor& position, const at::Tensor& features, std::int64_t k)
      : Example(build_tree(position), features, k) {}
  Example(const Tree& its, const at::Tensor& features, std::int64_t k)
      : tree(its), features(features), batch(make_batch({tree}, {features})), ids(ids_of_levels(tree)) {
    siblings.resize(tree.nodes());
    for (int i = 0; i + 1 < kLevels; ++i) rows_to_ids(i, nearest_by_sorting(batch.level[i], k), siblings);
    leaf_neighbours.resize(tree.points);
    rows_to_ids(0, nearest_by_sorting(batch.level[0], 16), leaf_neighbours);
  }
  void rows_to_ids(int level, const at::Tensor& row, std::vector<std::vector<std::int64_t>>& by_id) const {
    for (std::int64_t u = 0; u < row.size(0); ++u)
      for (std::int64_t e = 0; e < row.size(1); ++e)
        by_id[ids[level][u]].push_back(ids[level][row[u][e].item<std::int64_t>()]);
  }
  std::vector<Row> rows(const PerLevel& x) const {
    std::vector<Row> by_id(tree.nodes());
    for (int i = 0; i < kLevels; ++i)
      for (std::size_t u = 0; u < ids[i].size(); ++u) {
        const float* value = x[i].const_data_ptr<float>() + std::int64_t(u) * x[i].size(1);
        by_id[ids[i][u]].assign(value, value + x[i].size(1));
      }
    return by_id;
  }
  /// Largest difference, relative to the largest value.
  double difference(const at::Tensor& x, int level, const std::vector<Row>& by_id) const {
    double largest = 0, difference = 0;
    for (std::size_t u = 0; u < ids[level].size(); ++u)
      for (std::int64_t c = 0; c < x.size(1); ++c) {
        const double expected = by_id[ids[level][u]][c];
        largest = std::max(largest, std::abs(expected));
        difference =
            std::max(difference, std::abs(expected - x.const_data_ptr<float>()[std::int64_t(u) * x.size(1) + c]));
      }
    return difference / largest;
  }
};

}  // namespace treewalk::sequoia_reference
