// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <string>
#include <utility>
#include <vector>

#include "core/device/in_out.h"
#include "core/features/cells.h"
#include "core/features/fields_kernel.h"
#include "core/features/modules.h"

namespace treewalk {
namespace {

/// The field's numbers in Morton order, on the scene's device.
at::Tensor in_morton_order(const FeatureInput& input, const at::Tensor& field, const char* name, int columns) {
  const std::int64_t size = input.scene.size();
  TORCH_CHECK(field.numel() == size * columns && field.scalar_type() == at::kFloat, "the field '", name,
              "' must be float32 with ", columns, " values for each of ", size, " points, found ", field.numel(),
              " values");
  TORCH_CHECK(field.device() == input.device(), "the field '", name, "' must be on the device of the positions, ",
              input.device(), ", found ", field.device());
  const at::Tensor rows = field.contiguous();
  at::Tensor value = at::empty({size, columns}, rows.options());
  parallel_for(input.device(), size, GatherField{in(rows), in(input.scene.octree.order), columns, out(value)});
  return value;
}

/// "normal_field" (3), "rgb" (3): an input field of the points, (value - centre) * factor (rgb from -1 to 1, normals as
/// they are), for the points and as its mean over each cell. All zero where the cloud lacks the field.
class PointField : public Feature {
 public:
  PointField(const char* field, float centre, float factor) : field_(field), centre_(centre), factor_(factor) {}
  int cell_columns(const SceneOptions&, int) const override { return kColumns; }
  std::vector<std::string> point_column_names() const override { return {"0", "1", "2"}; }
  void compute_points(const FeatureInput& input, const Output& output) const override {
    const auto found = input.points.field.find(field_);
    if (found == input.points.field.end() || !found->second.defined()) {
      parallel_for(input.device(), input.scene.size(), ZeroPoints{kColumns, output.point, output.point_stride});
    } else {
      const at::Tensor value = in_morton_order(input, found->second, field_, kColumns);
      parallel_for(input.device(), input.scene.size(),
                   FieldPoints{in(value), kColumns, centre_, factor_, output.point, output.point_stride});
    }
    mean_over_points(input, output, {output.point, output.point_stride, kColumns, 0});
  }
  void compute(const FeatureInput& input, const Output& output) const override {
    mean_over_children(input, output, kColumns);
  }

 private:
  static constexpr int kColumns = 3;
  const char* field_;
  float centre_, factor_;
};

/// "intensity" (1): its mean over each cell. It has no common unit: it is divided by the mean of its size over the
/// cloud and cut at +-8. Zero where the cloud lacks it or has nothing but zeros.
class Intensity : public Feature {
 public:
  double reach() const override { return kWholeCloud; }
  int cell_columns(const SceneOptions&, int) const override { return 1; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const auto found = input.points.field.find("intensity");
    if (found == input.points.field.end() || !found->second.defined()) return for_each_cell(input, output, ZeroRow{1});
    const at::Tensor value = in_morton_order(input, found->second, "intensity", 1);
    mean_over_points(input, output, {in(value), 1, 1, 0});
    mean_over_children(input, output, 1);
    const auto size = mean_size(input, output);
    for_each_cell(input, output, IntensityRow{size.get()});
  }

 private:
  // Mean over the points of |leaf mean|.
  static DeviceRecords<double> mean_size(const FeatureInput& input, const Output& output) {
    const LevelArrays leaves = input.moments.level[0].arrays();
    const std::int64_t pieces = (leaves.size + SizeOfPiece::kPiece - 1) / SizeOfPiece::kPiece;
    const DeviceRecords<double> sum(input.scene.position, 2 * pieces), mean(input.scene.position);
    parallel_for(input.device(), pieces, SizeOfPiece{leaves, output.cell[0], output.cell_stride[0], sum.get()});
    parallel_for(input.device(), 1, MeanSize{sum.get(), pieces, mean.get()});
    return mean;
  }
};

/// Columns that `Points` makes of each point's values of an input field, for the points and as means over cells. All
/// zero where the cloud lacks the field. Nothing is compared with the cloud as a whole.
template <class Points>
class PointwiseField : public Feature {
 public:
  PointwiseField(const char* field, int values, std::vector<std::string> columns)
      : field_(field), values_(values), columns_(std::move(columns)) {}
  int cell_columns(const SceneOptions&, int) const override { return Points::kColumns; }
  std::vector<std::string> point_column_names() const override { return columns_; }
  void compute_points(const FeatureInput& input, const Output& output) const override {
    const auto found = input.points.field.find(field_);
    if (found == input.points.field.end() || !found->second.defined()) {
      parallel_for(input.device(), input.scene.size(), ZeroPoints{Points::kColumns, output.point, output.point_stride});
    } else {
      const at::Tensor value = in_morton_order(input, found->second, field_, values_);
      parallel_for(input.device(), input.scene.size(), Points{in(value), output.point, output.point_stride});
    }
    mean_over_points(input, output, {output.point, output.point_stride, Points::kColumns, 4});
  }
  void compute(const FeatureInput& input, const Output& output) const override {
    mean_over_children(input, output, Points::kColumns);
  }

 private:
  const char* field_;
  int values_;
  std::vector<std::string> columns_;
};

}  // namespace

const Feature& normal_field_feature() {
  static const PointField module("normal", 0, 1);
  return module;
}

const Feature& rgb_feature() {
  static const PointField module("rgb", 0.5f, 2);
  return module;
}

const Feature& intensity_feature() {
  static const Intensity module;
  return module;
}

const Feature& brightness_feature() {
  static const PointwiseField<BrightnessPoints> module("intensity", 1, {"log", "known"});
  return module;
}

const Feature& returns_feature() {
  static const PointwiseField<ReturnsPoints> module("returns", 2, {"first", "between", "last", "number", "known"});
  return module;
}

}  // namespace treewalk
