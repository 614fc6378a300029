// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/in_out.h"
#include "core/features/box_kernel.h"
#include "core/features/cell_features_kernel.h"
#include "core/features/cells.h"
#include "core/features/modules.h"
#include "core/geometry/bounds.h"

// Modules that read a cell's moments and nothing else.
namespace treewalk {
namespace {

/// "offset" (3): (mean - centre of the cell) / cell size.
class Offset : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 3; }
  void compute(const FeatureInput& input, const Output& output) const override {
    for_each_cell(input, output, OffsetRow{});
  }
};

/// "normal" (3): the unit normal of the smoothed moments, turned as the recipe's orientation says.
class Normal : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 3; }
  void compute(const FeatureInput& input, const Output& output) const override {
    for_each_cell(input, output, NormalRow{});
  }
};

/// "up" (1): the normal's z alone, for data that may be turned about the vertical.
class Up : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 1; }
  void compute(const FeatureInput& input, const Output& output) const override {
    for_each_cell(input, output, UpRow{});
  }
};

/// "shape" (3), with w0 <= w1 <= w2 the eigenvalues of the smoothed covariance and s the cell size:
/// thickness 4 sqrt(w0) / s (at most 8), width 2 sqrt(w1 / (w0 + w1 + w2)) - 1, roundness sqrt(w0 / w1); 0 / 0 is 0.
class Shape : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 3; }
  void compute(const FeatureInput& input, const Output& output) const override {
    for_each_cell(input, output, ShapeRow{});
  }
};

/// "density" (1): in normalised clouds 0.3 log(share of the cloud's points in the cell * 1000), else 0.3 log(points in
/// the cell); with normals turned to the viewpoint the points are first made comparable over the range r:
/// 0.3 log(points * r^2 / s^2 * 1e-4 + 1e-3).
class Density : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 1; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const bool share = input.options.normalise != "none";
    for_each_cell(input, output, DensityRow{share ? static_cast<double>(input.scene.size()) : 0.0, input.orientation});
  }
};

/// "position" (3): (mean of the cell - mean of all points) / 0.4 m.
class Position : public Feature {
 public:
  double reach() const override { return kWholeCloud; }
  int cell_columns(const SceneOptions&, int) const override { return 3; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const DeviceRecords<Moments> all = moments_of_all(input.moments);
    for_each_cell(input, output, PositionRow{all.get()});
  }
};

/// "size" (1), the same for every cell: log of the longest side of the cloud's box in the user's units, kept within
/// +-12 (a single point has no size and gives -12).
class Size : public Feature {
 public:
  double reach() const override { return kWholeCloud; }
  int cell_columns(const SceneOptions&, int) const override { return 1; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const at::Tensor box = corners_of_points(input.scene.position);
    const DeviceRecords<float> size(box);
    parallel_for(input.device(), 1, SizeOfBox{in(box), input.points.scale, size.get()});
    for_each_cell(input, output, ConstantRow{size.get(), 1});
  }
};

template <class Module>
const Feature& only() {
  static const Module module;
  return module;
}

}  // namespace

const Feature& offset_feature() { return only<Offset>(); }
const Feature& normal_feature() { return only<Normal>(); }
const Feature& up_feature() { return only<Up>(); }
const Feature& shape_feature() { return only<Shape>(); }
const Feature& density_feature() { return only<Density>(); }
const Feature& position_feature() { return only<Position>(); }
const Feature& size_feature() { return only<Size>(); }

}  // namespace treewalk
