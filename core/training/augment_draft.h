// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/training/augment.h"
#include "core/training/augment_stream.h"

namespace treewalk {

using Vector3 = std::array<double, 3>;
using Matrix3 = std::array<Vector3, 3>;  ///< rows

/// A sample while changes work on it: plain arrays, one entry per point.
struct Draft {
  explicit Draft(const Sample& sample);
  Sample finish(const Sample& original) const;

  struct Column {
    std::string name;
    std::int64_t width = 1;
    std::vector<float> value;
  };
  std::vector<float> position;  ///< x y z of each point
  std::vector<std::int8_t> label;
  std::vector<Column> column;  ///< the point set's fields
  Vector3 viewpoint;
  std::optional<Vector3> centre;  ///< of the last crop

  std::int64_t size() const { return static_cast<std::int64_t>(label.size()); }
  float* point(std::int64_t i) { return position.data() + 3 * i; }
  const float* point(std::int64_t i) const { return position.data() + 3 * i; }
  /// x y z of the points' normals, or nullptr when the sample has none.
  float* normal();

  struct Box {
    Vector3 low{0, 0, 0}, high{0, 0, 0};
    double extent(int axis) const { return high[axis] - low[axis]; }
    Vector3 middle() const { return {(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2}; }
  };
  Box box() const;

  /// Keeps the points with a nonzero mark, in order; does nothing when none has one.
  void keep(const std::vector<std::uint8_t>& mark);
  /// Keeps the `count` points with the smallest values, and those equal to the last of them.
  void keep_smallest(const std::vector<float>& value, std::int64_t count);
  /// Moves everything by x -> m (x - pivot) + pivot; normals by the inverse transpose, the viewpoint along with the
  /// points. The pivot is the viewpoint, so that it stays, or the middle of the box where the viewpoint is so far off
  /// that positions would lose digits; the points move in the same way relative to the viewpoint.
  void transform(const Matrix3& m);
  /// The normal of a surface whose places change with this Jacobian: J^-T n, made a unit vector; zero stays zero.
  static void turn_normal(float* normal, const Matrix3& jacobian);
};

Matrix3 rotation(const Vector3& axis, double angle);

/// One entry of the chain.
using Change = std::function<void(Draft&, ChangeStream&)>;
// The change that has these settings. Selections: augment_select.cpp
Change change_of(const Crop& set);
Change change_of(const Square& set);
Change change_of(const PointDropout& set);
Change change_of(const EmptyBlocks& set);
Change change_of(const Forget& set);
Change change_of(const Limit& set);
// Moves of the whole cloud and noise: augment_move.cpp
Change change_of(const Quantisation& set);
Change change_of(const Stretch& set);
Change change_of(const Warp& set);
Change change_of(const Turn& set);
Change change_of(const Roll& set);
Change change_of(const Tilt& set);
Change change_of(const Mirror& set);
Change change_of(const Scale& set);
Change change_of(const ScaleZ& set);
Change change_of(const Jitter& set);
Change change_of(const Shift& set);
// Objects on the ground, of the classes that they name, and the ground's own form: augment_objects.cpp,
// augment_terrain.cpp
Change change_of(const Buildings& set, const std::vector<std::string>& classes);
Change change_of(const Vegetation& set, const std::vector<std::string>& classes);
Change change_of(const Slope& set);
Change change_of(const Sines& set);
Change change_of(const Relief& set);

}  // namespace treewalk
