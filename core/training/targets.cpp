// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/targets.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "core/device/in_out.h"

namespace treewalk {

at::Tensor smoothed_targets(const std::vector<int>& label, const TargetOptions& options) {
  const auto& [classes, smoothing, group, class_weight] = options;
  auto target = at::empty({static_cast<std::int64_t>(label.size()), classes}, at::kFloat);
  float* row = out(target);
  for (const int own : label) {
    const auto shares = [&](int c) { return group.empty() || group[c] == group[own]; };
    int sharing = 0;
    for (int c = 0; c < classes; ++c) sharing += shares(c);
    const double weight = class_weight.empty() ? 1 : class_weight[own];
    for (int c = 0; c < classes; ++c)
      *row++ =
          static_cast<float>(weight * ((shares(c) ? smoothing / sharing : 0.0) + (c == own ? 1 - smoothing : 0.0)));
  }
  return target;
}

std::vector<at::Tensor> cell_targets(const Octree& octree, const std::vector<std::int8_t>& label, int classes) {
  std::vector<at::Tensor> targets;
  for (const auto& level : octree.level) {
    auto target = at::zeros({level.size(), classes}, at::kFloat);
    float* share = out(target);
    const std::int32_t* first = in(level.point);
    for (std::int64_t c = 0; c < level.size(); ++c, share += classes) {
      float sum = 0;
      for (auto p = first[c]; p < first[c + 1]; ++p)
        if (label[p] >= 0) share[label[p]] += 1, sum += 1;
      for (int k = 0; k < classes && sum > 0; ++k) share[k] /= sum;
    }
    targets.push_back(target);
  }
  return targets;
}

}  // namespace treewalk
