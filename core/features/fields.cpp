// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/features/cells.h"
#include "core/features/modules.h"

namespace treewalk {
namespace {

/// "normal_field" (3), "rgb" (3), "intensity" (1): an input field of the points, averaged over each cell; normals and
/// colours also for the points themselves. All zero where the cloud lacks the field. Stored after (mean - centre) *
/// factor: rgb as (mean - 0.5) * 2, normals as they are. Intensity has no common unit: it is divided by the mean of its
/// size over the cloud and cut at +-8.
class PointField : public Feature {
 public:
  PointField(const char* field, int columns, float centre, float factor, bool for_points)
      : field_(field), columns_(columns), centre_(centre), factor_(factor), for_points_(for_points) {}
  int cell_columns(const SceneOptions&, int) const override { return columns_; }
  std::vector<std::string> point_column_names() const override {
    if (!for_points_) return {};
    return {"0", "1", "2"};
  }
  void compute(const FeatureInput& input, const Output& output) const override {
    const std::vector<float> value = in_morton_order(input);
    double bound = 0;
    for (const float x : value) bound = std::max(bound, std::abs(static_cast<double>(x)));
    if (bound == 0) {
      const float nothing = value.empty() ? 0 : -centre_ * factor_;
      if (for_points_)
        for (std::int64_t i = 0; i < input.scene.size(); ++i)
          std::fill_n(output.point + i * output.point_stride, columns_, nothing);
      for_each_cell(input, output, [&](int, std::int64_t, float* to) { std::fill(to, to + columns_, nothing); });
      return;
    }
    if (for_points_)
      for (std::int64_t i = 0; i < input.scene.size(); ++i)
        for (int k = 0; k < columns_; ++k)
          output.point[i * output.point_stride + k] = (value[i * columns_ + k] - centre_) * factor_;
    mean_over_points(input, output, {value.data(), columns_, columns_, bound});
    mean_over_children(input, output, columns_);
    double factor = factor_;
    const bool relative = columns_ == 1;
    if (relative) factor /= mean_size(input, output);
    for_each_cell(input, output, [&](int, std::int64_t, float* to) {
      for (int k = 0; k < columns_; ++k) {
        const double x = (to[k] - static_cast<double>(centre_)) * factor;
        to[k] = static_cast<float>(relative ? std::clamp(x, -8.0, 8.0) : x);
      }
    });
  }

 private:
  // Rows of the field, or nothing where the cloud lacks it.
  std::vector<float> in_morton_order(const FeatureInput& input) const {
    const auto found = input.points.field.find(field_);
    if (found == input.points.field.end() || !found->second.defined()) return {};
    const std::int64_t size = input.scene.size();
    TORCH_CHECK(found->second.numel() == size * columns_ && found->second.scalar_type() == at::kFloat, "the field '",
                field_, "' must be float32 with ", columns_, " values for each of ", size, " points, found ",
                found->second.numel(), " values");
    const at::Tensor rows = found->second.contiguous();
    const float* from = rows.const_data_ptr<float>();
    const std::int32_t* order = input.scene.octree.order.const_data_ptr<std::int32_t>();
    std::vector<float> value(size * columns_);
    for (std::int64_t i = 0; i < size; ++i)
      for (int k = 0; k < columns_; ++k) {
        const float x = from[order[i] * static_cast<std::int64_t>(columns_) + k];
        value[i * columns_ + k] = std::isfinite(x) ? x : 0;
      }
    return value;
  }

  // Mean over the points of |leaf mean|.
  static double mean_size(const FeatureInput& input, const Output& output) {
    double sum = 0, count = 0;
    const LevelMoments& leaves = input.moments.level[0];
    for (std::int64_t c = 0; c < leaves.size(); ++c) {
      sum += leaves.raw[c].count * std::abs(output.cell[0][c * output.cell_stride[0]]);
      count += leaves.raw[c].count;
    }
    return std::max(sum / count, 1e-30);
  }

  const char* field_;
  int columns_;
  float centre_, factor_;
  bool for_points_;
};

}  // namespace

const Feature& normal_field_feature() {
  static const PointField module("normal", 3, 0, 1, true);
  return module;
}

const Feature& rgb_feature() {
  static const PointField module("rgb", 3, 0.5f, 2, true);
  return module;
}

const Feature& intensity_feature() {
  static const PointField module("intensity", 1, 0, 1, false);
  return module;
}

}  // namespace treewalk
