// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/targets.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <numeric>

#include "core/device/in_out.h"

namespace treewalk {

namespace {

/// What a row of that label sums to.
double weight_of(int label, const TargetOptions& options) {
  const auto& weight = options.class_weight;
  if (weight.empty()) return 1;
  if (!is_coarse(label)) return weight[label];
  double sum = 0;
  const auto& classes = options.coarse[coarse_index(label)].classes;
  for (const int c : classes) sum += weight[c];
  return sum / static_cast<double>(classes.size());
}

/// Where that label's share stands in a row.
int column_of(int label, int classes) { return is_coarse(label) ? classes + coarse_index(label) : label; }

}  // namespace

at::Tensor smoothed_targets(const std::vector<int>& label, const TargetOptions& options) {
  const auto& [classes, smoothing, group, class_weight, coarse] = options;
  const int columns = classes + static_cast<int>(coarse.size());
  auto target = at::empty({static_cast<std::int64_t>(label.size()), columns}, at::kFloat);
  float* row = out(target);
  for (const int own : label) {
    const int own_class = is_coarse(own) ? coarse[coarse_index(own)].classes.front() : own;
    const int own_column = column_of(own, classes);
    const auto shares = [&](int c) { return c < classes && (group.empty() || group[c] == group[own_class]); };
    int sharing = 0;
    for (int c = 0; c < classes; ++c) sharing += shares(c);
    const double weight = weight_of(own, options);
    for (int c = 0; c < columns; ++c)
      *row++ = static_cast<float>(weight *
                                  ((shares(c) ? smoothing / sharing : 0.0) + (c == own_column ? 1 - smoothing : 0.0)));
  }
  return target;
}

std::vector<at::Tensor> cell_targets(const at::Tensor& leaf, const Hierarchy& hierarchy,
                                     const std::vector<std::int8_t>& label, int classes, int coarse) {
  const int columns = classes + coarse;
  std::vector<at::Tensor> targets;
  for (int l = 0; l < hierarchy.levels(); ++l)
    targets.push_back(l == 0 ? leaf_labels(leaf, label, classes, coarse)
                             : at::zeros({hierarchy.size(l), columns}, at::kFloat));
  for (int l = 1; l < hierarchy.levels(); ++l) {
    float* count = out(targets[l]);
    const std::int32_t *first = in(hierarchy.children[l].offset), *child = in(hierarchy.children[l].column);
    const float* below = in(targets[l - 1]);
    for (std::int64_t c = 0; c < hierarchy.size(l); ++c, count += columns)
      for (auto i = first[c]; i < first[c + 1]; ++i)
        for (int k = 0; k < columns; ++k) count[k] += below[child[i] * columns + k];
  }
  for (const auto& target : targets) {
    float* share = out(target);
    for (std::int64_t c = 0; c < target.size(0); ++c, share += columns) {
      const float sum = std::accumulate(share, share + columns, 0.0f);
      for (int k = 0; k < columns && sum > 0; ++k) share[k] /= sum;
    }
  }
  return targets;
}

at::Tensor leaf_labels(const at::Tensor& leaf, const std::vector<std::int8_t>& label, int classes, int coarse) {
  const int columns = classes + coarse;
  const auto counts = at::zeros({leaf.size(0) - 1, columns}, at::kFloat);
  float* count = out(counts);
  const std::int32_t* first = in(leaf);
  for (std::int64_t c = 0; c < counts.size(0); ++c, count += columns)
    for (auto p = first[c]; p < first[c + 1]; ++p) {
      if (label[p] == -1) continue;
      const int column = column_of(label[p], classes);
      if (column < columns) count[column] += 1;
    }
  return counts;
}

Csr coarse_rows(const Recipe& recipe) {
  if (recipe.coarse.empty()) return {};
  std::vector<std::int32_t> offset{0}, column;
  for (const auto& label : recipe.coarse) {
    column.insert(column.end(), label.classes.begin(), label.classes.end());
    offset.push_back(static_cast<std::int32_t>(column.size()));
  }
  return {at::tensor(offset, at::kInt), at::tensor(column, at::kInt), static_cast<std::int64_t>(recipe.classes.size())};
}

}  // namespace treewalk
