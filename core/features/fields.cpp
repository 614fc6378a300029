// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/abs.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <string>
#include <vector>

#include "core/device/in_out.h"
#include "core/features/cells.h"
#include "core/features/fields_kernel.h"
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
  /// One column is divided by its mean over the cloud.
  double reach() const override { return columns_ == 1 ? kWholeCloud : 0; }
  int cell_columns(const SceneOptions&, int) const override { return columns_; }
  std::vector<std::string> point_column_names() const override {
    if (!for_points_) return {};
    return {"0", "1", "2"};
  }
  void compute(const FeatureInput& input, const Output& output) const override {
    const auto found = input.points.field.find(field_);
    if (found == input.points.field.end() || !found->second.defined()) return clear(input, output);
    const at::Tensor value = in_morton_order(input, found->second);
    const at::Tensor bound = value.abs().amax();
    const FieldScale scale{columns_, centre_, factor_, in(bound)};
    const float* from = in(value);
    if (for_points_)
      parallel_for(input.device(), input.scene.size(), FieldPoints{from, scale, output.point, output.point_stride});
    mean_over_points(input, output, {from, columns_, columns_, 0});
    mean_over_children(input, output, columns_);
    DeviceRecords<double> size;
    if (columns_ == 1) size = mean_size(input, output);
    for_each_cell(input, output, FieldRow{scale, columns_ == 1 ? size.get() : nullptr});
  }

 private:
  void clear(const FeatureInput& input, const Output& output) const {
    if (for_points_)
      parallel_for(input.device(), input.scene.size(), ZeroPoints{columns_, output.point, output.point_stride});
    for_each_cell(input, output, ZeroRow{columns_});
  }

  at::Tensor in_morton_order(const FeatureInput& input, const at::Tensor& field) const {
    const std::int64_t size = input.scene.size();
    TORCH_CHECK(field.numel() == size * columns_ && field.scalar_type() == at::kFloat, "the field '", field_,
                "' must be float32 with ", columns_, " values for each of ", size, " points, found ", field.numel(),
                " values");
    TORCH_CHECK(field.device() == input.device(), "the field '", field_, "' must be on the device of the positions, ",
                input.device(), ", found ", field.device());
    const at::Tensor rows = field.contiguous();
    at::Tensor value = at::empty({size, columns_}, rows.options());
    parallel_for(input.device(), size, GatherField{in(rows), in(input.scene.octree.order), columns_, out(value)});
    return value;
  }

  // Mean over the points of |leaf mean|.
  static DeviceRecords<double> mean_size(const FeatureInput& input, const Output& output) {
    const LevelArrays leaves = input.moments.level[0].arrays();
    const std::int64_t pieces = (leaves.size + SizeOfPiece::kPiece - 1) / SizeOfPiece::kPiece;
    const DeviceRecords<double> sum(input.scene.position, 2 * pieces), mean(input.scene.position);
    parallel_for(input.device(), pieces, SizeOfPiece{leaves, output.cell[0], output.cell_stride[0], sum.get()});
    parallel_for(input.device(), 1, MeanSize{sum.get(), pieces, mean.get()});
    return mean;
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
