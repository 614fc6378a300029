// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>

#include "core/device/portable.h"

namespace treewalk {

using Vector3 = std::array<double, 3>;
/// A symmetric 3x3 matrix: xx, xy, xz, yy, yz, zz.
using Symmetric3 = std::array<double, 6>;

HD inline double dot(const Vector3& a, const Vector3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
HD inline Vector3 cross(const Vector3& a, const Vector3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

/// Eigenvalues in ascending order and unit eigenvectors that belong to them (vector[i] to value[i]).
struct Eigen3 {
  Vector3 value;
  std::array<Vector3, 3> vector;
};

/// The plane that fits points of a given covariance best.
struct PlaneFit {
  Vector3 value;   ///< eigenvalues, ascending, none below zero; the smallest to rounding, all to 1e-8 of the largest
  Vector3 normal;  ///< unit vector of the smallest one
};

}  // namespace treewalk
