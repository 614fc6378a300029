// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>

namespace treewalk {

using Vector3 = std::array<double, 3>;
/// A symmetric 3x3 matrix: xx, xy, xz, yy, yz, zz.
using Symmetric3 = std::array<double, 6>;

inline double dot(const Vector3& a, const Vector3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
inline Vector3 cross(const Vector3& a, const Vector3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

/// Eigenvalues in ascending order and unit eigenvectors that belong to them (vector[i] to value[i]), by Jacobi
/// rotations: accurate to rounding for every finite matrix, however close its eigenvalues are.
struct Eigen3 {
  Vector3 value;
  std::array<Vector3, 3> vector;
};
Eigen3 symmetric_eigen(const Symmetric3& a);

/// The plane that fits points of a given covariance best.
struct PlaneFit {
  Vector3 value;   ///< eigenvalues, ascending, none below zero; the smallest to rounding, all to 1e-8 of the largest
  Vector3 normal;  ///< unit vector of the smallest one
};

/// Closed form where the smallest eigenvalue stands apart, Jacobi elsewhere. Where the points do not determine the
/// normal (all equal, collinear, isotropic: eigenvalues closer than 1e-7 of the largest), it is the possible direction
/// nearest to `reference`. The sign is chosen so that normal . reference > 0; at exactly 0, so that the last of z, y, x
/// that is not 0 is positive. A zero `reference` counts as +z. The result is never NaN for finite input.
PlaneFit fit_plane(const Symmetric3& covariance, const Vector3& reference);

}  // namespace treewalk
