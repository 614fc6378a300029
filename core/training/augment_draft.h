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
/// Reads the value under a change's key. `where` names it in messages, `classes` the recipe's classes in order.
using ChangeReader = Change (*)(const Json& value, const std::string& where, const std::vector<std::string>& classes);

/// The settings of a change: its object, or its one main value written without an object.
StrictObject change_settings(const Json& value, const std::string& where, const std::string& main_key);
double read_probability(StrictObject& settings, double fallback = 1);
/// Two numbers, low <= high, both within the bounds.
std::array<double, 2> read_range(StrictObject& settings, const std::string& key, const std::array<double, 2>& fallback,
                                 double low, double high);

// Selections: augment_select.cpp
Change read_crop(const Json&, const std::string&, const std::vector<std::string>&);
Change read_square(const Json&, const std::string&, const std::vector<std::string>&);
Change read_dropout(const Json&, const std::string&, const std::vector<std::string>&);
Change read_blocks(const Json&, const std::string&, const std::vector<std::string>&);
Change read_forget(const Json&, const std::string&, const std::vector<std::string>&);
Change read_limit(const Json&, const std::string&, const std::vector<std::string>&);
// Moves of the whole cloud and noise: augment_move.cpp
Change read_quantisation(const Json&, const std::string&, const std::vector<std::string>&);
Change read_stretch(const Json&, const std::string&, const std::vector<std::string>&);
Change read_warp(const Json&, const std::string&, const std::vector<std::string>&);
Change read_turn(const Json&, const std::string&, const std::vector<std::string>&);
Change read_roll(const Json&, const std::string&, const std::vector<std::string>&);
Change read_tilt(const Json&, const std::string&, const std::vector<std::string>&);
Change read_mirror(const Json&, const std::string&, const std::vector<std::string>&);
Change read_scale(const Json&, const std::string&, const std::vector<std::string>&);
Change read_scale_z(const Json&, const std::string&, const std::vector<std::string>&);
Change read_jitter(const Json&, const std::string&, const std::vector<std::string>&);
Change read_shift(const Json&, const std::string&, const std::vector<std::string>&);
// Objects on the ground and the ground's own form: augment_objects.cpp, augment_terrain.cpp
Change read_buildings(const Json&, const std::string&, const std::vector<std::string>&);
Change read_vegetation(const Json&, const std::string&, const std::vector<std::string>&);
Change read_slope(const Json&, const std::string&, const std::vector<std::string>&);
Change read_sines(const Json&, const std::string&, const std::vector<std::string>&);
Change read_relief(const Json&, const std::string&, const std::vector<std::string>&);

}  // namespace treewalk
