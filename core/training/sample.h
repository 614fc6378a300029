// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/geometry/bounds.h"
#include "core/scene/eigen3_arrays.h"
#include "core/scene/point_set.h"

namespace treewalk {

using Matrix3 = std::array<Vector3, 3>;  ///< rows

/// A labelled cloud during training, until its scene is made: plain arrays, one entry per point.
struct Sample {
  struct Column {
    std::string name;
    std::int64_t width = 1;
    std::vector<float> value;
  };
  std::vector<float> position;     ///< x y z of each point
  std::vector<std::int8_t> label;  ///< class index per point as Recipe::class_of tells, -1: not in the loss
  std::vector<Column> column;      ///< the inputs beside the position: see PointSet::field
  Vector3 viewpoint{0, 0, 0};
  double scale = 1;               ///< user's units per unit of `position`
  int cloud_label = -1;           ///< classification, models of parts: class or category of the whole cloud
  std::optional<Vector3> centre;  ///< of the last crop
  std::string note;               ///< what the user should know of the cloud; most often nothing

  std::int64_t size() const { return static_cast<std::int64_t>(label.size()); }
  float* point(std::int64_t i) { return position.data() + 3 * i; }
  const float* point(std::int64_t i) const { return position.data() + 3 * i; }
  /// The values of that input, or nullptr when the sample does not have it.
  const Column* find(const std::string& name) const;
  /// x y z of the points' normals, or nullptr when the sample has none.
  float* normal();
  Bounds bounds() const { return parallel_bounds(position.data(), size()); }

  /// Keeps the points with a nonzero mark, in order; does nothing when none has one.
  void keep(const std::vector<std::uint8_t>& mark);
  /// Keeps the `count` points with the smallest values, and those equal to the last of them.
  void keep_smallest(const std::vector<float>& value, std::int64_t count);
  /// Moves everything by x -> m (x - pivot) + pivot; normals by the inverse transpose, the viewpoint along with the
  /// points. The pivot is the viewpoint, so that it stays, or the middle of the box where the viewpoint is so far off
  /// that positions would lose digits; the points move in the same way relative to the viewpoint.
  void transform(const Matrix3& m);
};

/// A sample of these points. label: one per point; throws c10::Error for another number.
Sample sample_of(const PointSet& points, std::vector<std::int8_t> label, int cloud_label);

/// The sample's points for make_scene, relative to an unknown origin. Nothing is copied: the tensors own its arrays.
PointSet point_set(Sample sample);

/// The normal of a surface whose points move with this Jacobian: J^-T n, made a unit vector; zero stays zero.
void turn_normal(float* normal, const Matrix3& jacobian);

/// About the axis, a unit vector.
Matrix3 rotation(const Vector3& axis, double angle);

}  // namespace treewalk
