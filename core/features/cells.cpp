// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/cells.h"

#include <vector>

namespace treewalk {
void mean_over_points(const FeatureInput& input, const Feature::Output& output, const PointColumns& points) {
  const std::int32_t* first = input.scene.octree.level[0].point.const_data_ptr<std::int32_t>();
  const double to_steps = (1 << 30) / points.bound;
  parallel_pieces(input.moments.level[0].size(), 256, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> sum(points.columns);
    for (std::int64_t c = begin; c < end; ++c) {
      std::fill(sum.begin(), sum.end(), 0);
      for (std::int64_t i = first[c]; i < first[c + 1]; ++i)
        for (int k = 0; k < points.columns; ++k)
          sum[k] += static_cast<std::int64_t>(points.value[i * points.stride + k] * to_steps);
      float* to = output.cell[0] + c * output.cell_stride[0];
      const double scale = 1 / (to_steps * (first[c + 1] - first[c]));
      for (int k = 0; k < points.columns; ++k) to[k] = static_cast<float>(static_cast<double>(sum[k]) * scale);
    }
  });
}

void mean_over_children(const FeatureInput& input, const Feature::Output& output, int columns) {
  for (std::size_t l = 1; l < input.moments.level.size(); ++l) {
    const std::vector<Moments>& child_moments = input.moments.level[l - 1].raw;
    const std::int32_t* child = input.scene.octree.level[l].child.const_data_ptr<std::int32_t>();
    parallel_pieces(input.moments.level[l].size(), 256, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      std::vector<double> sum(columns);
      for (std::int64_t c = begin; c < end; ++c) {
        std::fill(sum.begin(), sum.end(), 0.0);
        for (std::int64_t j = child[c]; j < child[c + 1]; ++j)
          for (int k = 0; k < columns; ++k)
            sum[k] += child_moments[j].count * output.cell[l - 1][j * output.cell_stride[l - 1] + k];
        float* to = output.cell[l] + c * output.cell_stride[l];
        for (int k = 0; k < columns; ++k) to[k] = static_cast<float>(sum[k] / input.moments.level[l].raw[c].count);
      }
    });
  }
}

}  // namespace treewalk
