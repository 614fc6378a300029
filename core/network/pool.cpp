// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/pool.h"

#include <ATen/TensorOperators.h>

#include "core/network/ops.h"

namespace treewalk {

void FromNeighbour::prune(std::vector<bool>& read) {
  levels = read_part(levels, read);
  if (!levels.empty()) read[source_] = true;
}

Pool::Pool(ParameterTable& table, const std::string& name, int level, const std::vector<int>& widths)
    : FromNeighbour(level, level - 1, Linear(table, name + ".pool", 2 * widths[level - 1], widths[level])) {}

void Pool::operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout*) const {
  auto& x = encoding.x[levels.to];
  const auto& below = encoding.x[source_];
  auto pooled = pool_rows(below, encoding.hierarchy_over(scene.hierarchy).children[levels.to]);
  if (source_ < static_cast<int>(encoding.clusters.size())) {
    const auto& chosen = encoding.clusters[source_];
    pooled = with_gradient_of_shares(pooled, below, chosen.seeds, chosen.assignment);
  }
  x = x + linear_(weights, pooled);
}

Unpool::Unpool(ParameterTable& table, const std::string& name, int level, const std::vector<int>& widths)
    : FromNeighbour(level, level + 1, Linear(table, name + ".spread", widths[level + 1], widths[level])) {}

void Unpool::operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout*) const {
  const auto& hierarchy = encoding.hierarchy_over(scene.hierarchy);
  auto& x = encoding.x[levels.to];
  const auto coarse = linear_(weights, encoding.x[source_]);
  x = x + unpool_rows(coarse, hierarchy.parent[levels.to], hierarchy.children[source_]);
}

}  // namespace treewalk
