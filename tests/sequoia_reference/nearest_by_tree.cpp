// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/sequoia_reference/nearest_by_tree.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/where.h>

#include <vector>

#include "core/geometry/knn.h"

namespace treewalk::sequoia_reference {

at::Tensor nearest_by_tree(const Level& level, std::int64_t k) {
  std::vector<at::Tensor> rows;
  for (std::size_t c = 0; c + 1 < level.first.size(); ++c) {
    const std::int64_t begin = level.first[c], n = level.first[c + 1] - begin;
    const at::Tensor self = at::arange(n, at::kLong).unsqueeze(1);
    at::Tensor row = self;
    if (k > 1) {
      const at::Tensor others = knn(level.position.narrow(0, begin, n), static_cast<int>(k - 1)).index.to(at::kLong);
      row = at::cat({self, at::where(others < 0, self, others)}, 1);  // too few: the node itself, which is its nearest
    }
    rows.push_back(row + begin);
  }
  return at::cat(rows);
}

}  // namespace treewalk::sequoia_reference
