// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/encoding.h"

#include <ATen/ops/cat.h>

#include <algorithm>

namespace treewalk {

LevelRange read_part(LevelRange levels, const std::vector<bool>& read) {
  while (!levels.empty() && !read[levels.from]) ++levels.from;
  while (!levels.empty() && !read[levels.to]) --levels.to;
  return levels;
}

void mark_read(LevelRange levels, std::vector<bool>& read) {
  std::fill(read.begin() + levels.from, read.begin() + levels.to + 1, true);
}

at::Tensor join_levels(const std::vector<at::Tensor>& x, LevelRange levels) {
  if (levels.from == levels.to) return x[levels.from];
  return at::cat(at::TensorList(x).slice(levels.from, levels.to + 1 - levels.from));
}

void put_levels(const at::Tensor& joined, LevelRange levels, const Hierarchy& hierarchy, std::vector<at::Tensor>& x) {
  const auto first = hierarchy.first[levels.from];
  for (int l = levels.from; l <= levels.to; ++l) x[l] = joined.narrow(0, hierarchy.first[l] - first, hierarchy.size(l));
}

}  // namespace treewalk
