// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
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
    for_each_cell(input, output, [&](int l, std::int64_t c, float* to) {
      const LevelMoments& level = input.moments.level[l];
      const Vector3 centre = level.centre(c);
      for (int a = 0; a < 3; ++a) to[a] = static_cast<float>((level.raw[c].mean[a] - centre[a]) / level.cell_size);
    });
  }
};

/// "normal" (3): the unit normal of the smoothed moments, turned as the recipe's orientation says.
class Normal : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 3; }
  void compute(const FeatureInput& input, const Output& output) const override {
    for_each_cell(input, output, [&](int l, std::int64_t c, float* to) {
      for (int a = 0; a < 3; ++a) to[a] = static_cast<float>(input.moments.level[l].normal[c][a]);
    });
  }
};

/// "up" (1): the normal's z alone, for data that may be turned about the vertical.
class Up : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 1; }
  void compute(const FeatureInput& input, const Output& output) const override {
    for_each_cell(input, output, [&](int l, std::int64_t c, float* to) {
      to[0] = static_cast<float>(input.moments.level[l].normal[c][2]);
    });
  }
};

/// "shape" (3), with w0 <= w1 <= w2 the eigenvalues of the smoothed covariance and s the cell size:
/// thickness 4 sqrt(w0) / s (at most 8), width 2 sqrt(w1 / (w0 + w1 + w2)) - 1, roundness sqrt(w0 / w1); 0 / 0 is 0.
class Shape : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 3; }
  void compute(const FeatureInput& input, const Output& output) const override {
    for_each_cell(input, output, [&](int l, std::int64_t c, float* to) {
      const LevelMoments& level = input.moments.level[l];
      const Vector3& w = level.eigenvalue[c];
      const double sum = w[0] + w[1] + w[2];
      to[0] = static_cast<float>(std::min(8.0, 4 * std::sqrt(w[0]) / level.cell_size));
      to[1] = static_cast<float>(sum > 0 ? 2 * std::sqrt(w[1] / sum) - 1 : -1);
      to[2] = static_cast<float>(w[1] > 0 ? std::sqrt(std::min(1.0, w[0] / w[1])) : 0);
    });
  }
};

/// "density" (1): in normalised clouds 0.3 log(share of the cloud's points in the cell * 1000), else 0.3 log(points in
/// the cell); with normals turned to the viewpoint the points are first made comparable over the range r:
/// 0.3 log(points * r^2 / s^2 * 1e-4 + 1e-3).
class Density : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 1; }
  void compute(const FeatureInput& input, const Output& output) const override {
    for_each_cell(input, output, [&](int l, std::int64_t c, float* to) {
      const LevelMoments& level = input.moments.level[l];
      const Moments& m = level.raw[c];
      if (input.options.normalise != "none") {
        const auto size = static_cast<double>(input.scene.size());
        to[0] = static_cast<float>(0.3 * std::log(m.count / size * 1000));
        return;
      }
      if (input.orientation.up) {
        to[0] = static_cast<float>(0.3 * std::log(m.count));
        return;
      }
      double square = 0;
      for (int a = 0; a < 3; ++a) {
        const double d = (m.mean[a] - input.orientation.viewpoint[a]) / level.cell_size;
        square += d * d;
      }
      to[0] = static_cast<float>(0.3 * std::log(m.count * square * 1e-4 + 1e-3));
    });
  }
};

/// "position" (3): (mean of the cell - mean of all points) / 0.4 m.
class Position : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 3; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const LevelMoments& last = input.moments.level.back();
    const Vector3 centre = sum_of(last.raw.data(), nullptr, last.size()).mean;
    for_each_cell(input, output, [&](int l, std::int64_t c, float* to) {
      const Vector3& mean = input.moments.level[l].raw[c].mean;
      for (int a = 0; a < 3; ++a) to[a] = static_cast<float>((mean[a] - centre[a]) / 0.4);
    });
  }
};

/// "size" (1), the same for every cell: log of the longest side of the cloud's box in the user's units, kept within
/// +-12 (a single point has no size and gives -12).
class Size : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 1; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const auto side = parallel_bounds(input.scene.position.const_data_ptr<float>(), input.scene.size()).longest_side();
    const auto size = static_cast<float>(std::clamp(std::log(side * input.points.scale), -12.0, 12.0));
    for_each_cell(input, output, [&](int, std::int64_t, float* to) { to[0] = size; });
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
