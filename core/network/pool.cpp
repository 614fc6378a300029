// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/pool.h"

#include <ATen/TensorOperators.h>

#include "core/network/ops.h"

namespace treewalk {

Pool::Pool(ParameterTable& table, const std::string& name, int level, const std::vector<int>& widths)
    : levels{level, level}, linear_(table, name + ".pool", 2 * widths[level - 1], widths[level]) {}

void Pool::prune(std::vector<bool>& read) {
  levels = read_part(levels, read);
  if (!levels.empty()) read[levels.from - 1] = true;
}

void Pool::operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout*) const {
  const int level = levels.from;
  auto& x = encoding.x;
  x[level] = x[level] + linear_(weights, pool_rows(x[level - 1], scene.hierarchy.children[level]));
}

Unpool::Unpool(ParameterTable& table, const std::string& name, int level, const std::vector<int>& widths)
    : levels{level, level}, linear_(table, name + ".spread", widths[level + 1], widths[level]) {}

void Unpool::prune(std::vector<bool>& read) {
  levels = read_part(levels, read);
  if (!levels.empty()) read[levels.from + 1] = true;
}

void Unpool::operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout*) const {
  const int level = levels.from;
  const auto& hierarchy = scene.hierarchy;
  auto& x = encoding.x;
  const auto coarse = linear_(weights, x[level + 1]);
  x[level] = x[level] + spread_rows(coarse, hierarchy.parent[level], hierarchy.children[level + 1]);
}

}  // namespace treewalk
