// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>

#include "core/scene/eigen3_arrays.h"

namespace treewalk {
namespace eigen3 {

constexpr double kSame = 1e-7;    // eigenvalues closer than this share of the largest count as equal
constexpr double kApart = 1e-4;   // beyond this share the closed form is good to float32 and better
constexpr double kTiny = 1e-280;  // below, squares would underflow

HD inline Vector3 scaled(const Vector3& v, double factor) { return {v[0] * factor, v[1] * factor, v[2] * factor}; }

HD inline Vector3 unit_or_up(const Vector3& v) {
  const double size = std::max(std::max(std::abs(v[0]), std::abs(v[1])), std::abs(v[2]));
  if (!(size > kTiny) || !std::isfinite(size)) return {0, 0, 1};
  const Vector3 w = scaled(v, 1 / size);
  return scaled(w, 1 / std::sqrt(dot(w, w)));
}

HD inline double largest_entry(const Symmetric3& a) {
  double size = 0;
  for (double x : a) size = std::max(size, std::abs(x));
  return size;
}

// One Jacobi rotation that makes m[p][q] zero.
HD inline void rotate(double m[3][3], double v[3][3], int p, int q) {
  if (m[p][q] == 0) return;
  const double theta = (m[q][q] - m[p][p]) / (2 * m[p][q]);
  const double t = std::abs(theta) > 1e150
                       ? 0.5 / theta
                       : (theta < 0 ? -1.0 : 1.0) / (std::abs(theta) + std::sqrt(theta * theta + 1));
  const double c = 1 / std::sqrt(t * t + 1);
  const double s = t * c;
  const int r = 3 - p - q;
  const double pq = m[p][q], pr = m[p][r], qr = m[q][r];
  m[p][p] -= t * pq;
  m[q][q] += t * pq;
  m[p][q] = m[q][p] = 0;
  m[p][r] = m[r][p] = c * pr - s * qr;
  m[q][r] = m[r][q] = s * pr + c * qr;
  for (int i = 0; i < 3; ++i) {
    const double vp = v[i][p], vq = v[i][q];
    v[i][p] = c * vp - s * vq;
    v[i][q] = s * vp + c * vq;
  }
}

// Equal eigenvalues keep their order.
template <int i, int j>
HD inline void put_in_order(Eigen3& e) {
  if (!(e.value[j] < e.value[i])) return;
  const double value = e.value[i];
  const Vector3 vector = e.vector[i];
  e.value[i] = e.value[j];
  e.vector[i] = e.vector[j];
  e.value[j] = value;
  e.vector[j] = vector;
}

// Eigenvalues of a matrix of entries of order 1, ascending (trigonometric solution of the cubic).
HD inline Vector3 cubic_eigenvalues(const Symmetric3& a) {
  const double q = (a[0] + a[3] + a[5]) / 3;
  const double x = a[0] - q, y = a[3] - q, z = a[5] - q;
  const double off = a[1] * a[1] + a[2] * a[2] + a[4] * a[4];
  const double p = std::sqrt((x * x + y * y + z * z + 2 * off) / 6);
  if (!(p > 1e-140)) return {q, q, q};
  const double determinant =
      x * (y * z - a[4] * a[4]) - a[1] * (a[1] * z - a[4] * a[2]) + a[2] * (a[1] * a[4] - y * a[2]);
  const double r = std::clamp(determinant / (2 * p * p * p), -1.0, 1.0);
  const double angle = std::acos(r) / 3;
  const double high = q + 2 * p * std::cos(angle);
  const double low = q + 2 * p * std::cos(angle + 2.0943951023931953);  // + 2 pi / 3
  return {low, 3 * q - high - low, high};
}

// Null vector of a - value: the largest cross product of two of its rows.
HD inline Vector3 null_vector(const Symmetric3& a, double value) {
  const Vector3 row[3] = {{a[0] - value, a[1], a[2]}, {a[1], a[3] - value, a[4]}, {a[2], a[4], a[5] - value}};
  Vector3 largest = cross(row[0], row[1]);
  double size = dot(largest, largest);
  const Vector3 others[2] = {cross(row[0], row[2]), cross(row[1], row[2])};
  UNROLL
  for (int i = 0; i < 2; ++i) {
    const double square = dot(others[i], others[i]);
    if (!(square > size)) continue;
    largest = others[i];
    size = square;
  }
  return unit_or_up(largest);
}

HD inline double quadratic(const Symmetric3& a, const Vector3& v) {
  return a[0] * v[0] * v[0] + a[3] * v[1] * v[1] + a[5] * v[2] * v[2] +
         2 * (a[1] * v[0] * v[1] + a[2] * v[0] * v[2] + a[4] * v[1] * v[2]);
}

// What of v lies across the unit vector `line`.
HD inline Vector3 projected(const Vector3& v, const Vector3& line) {
  const double along = dot(v, line);
  return {v[0] - along * line[0], v[1] - along * line[1], v[2] - along * line[2]};
}

// The unit vector across `line` nearest to `reference`; any fixed one when reference runs along the line.
HD inline Vector3 across(const Vector3& line, const Vector3& reference) {
  const Vector3 first = projected(reference, line);
  if (dot(first, first) > 1e-12) return unit_or_up(first);
  int axis = 0;
  double least = std::abs(line[0]);
  UNROLL
  for (int i = 1; i < 3; ++i)
    if (std::abs(line[i]) < least) {
      axis = i;
      least = std::abs(line[i]);
    }
  const Vector3 e{axis == 0 ? 1.0 : 0.0, axis == 1 ? 1.0 : 0.0, axis == 2 ? 1.0 : 0.0};
  return unit_or_up(projected(e, line));
}

HD inline Vector3 turned(const Vector3& normal, const Vector3& reference) {
  double side = dot(normal, reference);
  UNROLL
  for (int i = 2; i >= 0; --i)
    if (side == 0) side = normal[i];
  return side < 0 ? Vector3{-normal[0], -normal[1], -normal[2]} : normal;
}

}  // namespace eigen3

/// By Jacobi rotations: accurate to rounding for every finite matrix, however close its eigenvalues are.
HD inline Eigen3 symmetric_eigen(const Symmetric3& a) {
  Eigen3 result{{0, 0, 0}, {Vector3{1, 0, 0}, Vector3{0, 1, 0}, Vector3{0, 0, 1}}};
  const double size = eigen3::largest_entry(a);
  if (!(size > eigen3::kTiny)) return result;
  const double f = 1 / size;
  double m[3][3] = {{a[0] * f, a[1] * f, a[2] * f}, {a[1] * f, a[3] * f, a[4] * f}, {a[2] * f, a[4] * f, a[5] * f}};
  double v[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  for (int sweep = 0; sweep < 20; ++sweep) {
    if (m[0][1] * m[0][1] + m[0][2] * m[0][2] + m[1][2] * m[1][2] < 1e-40) break;
    eigen3::rotate(m, v, 0, 1);
    eigen3::rotate(m, v, 0, 2);
    eigen3::rotate(m, v, 1, 2);
  }
  UNROLL
  for (int i = 0; i < 3; ++i) {
    result.value[i] = m[i][i];
    result.vector[i] = {v[0][i], v[1][i], v[2][i]};
  }
  eigen3::put_in_order<0, 1>(result);
  eigen3::put_in_order<1, 2>(result);
  eigen3::put_in_order<0, 1>(result);
  UNROLL
  for (int i = 0; i < 3; ++i) {
    result.value[i] *= size;
    result.vector[i] = eigen3::unit_or_up(result.vector[i]);
  }
  return result;
}

/// Closed form where the smallest eigenvalue stands apart, Jacobi elsewhere. Where the points do not determine the
/// normal (all equal, collinear, isotropic: eigenvalues closer than 1e-7 of the largest), it is the possible direction
/// nearest to `reference`. The sign is chosen so that normal . reference > 0; at exactly 0, so that the last of z, y, x
/// that is not 0 is positive. A zero `reference` counts as +z. The result is never NaN for finite input.
HD inline PlaneFit fit_plane(const Symmetric3& covariance, const Vector3& reference) {
  const Vector3 toward = eigen3::unit_or_up(reference);
  const double size = eigen3::largest_entry(covariance);
  if (!(size > eigen3::kTiny)) return {{0, 0, 0}, toward};
  Symmetric3 a = covariance;
  for (double& x : a) x /= size;
  Vector3 w = eigen3::cubic_eigenvalues(a);
  Vector3 normal;
  if (w[1] - w[0] > eigen3::kApart * w[2]) {
    normal = eigen3::null_vector(a, w[0]);
    w[0] = eigen3::quadratic(a, normal);  // second-order accurate, unlike the root of the cubic
    w[1] = a[0] + a[3] + a[5] - w[0] - w[2];
  } else {
    const Eigen3 e = symmetric_eigen(a);
    w = e.value;
    normal = e.vector[0];
    if (w[2] - w[0] <= eigen3::kSame * w[2]) {
      normal = toward;
    } else if (w[1] - w[0] <= eigen3::kSame * w[2]) {
      normal = eigen3::across(e.vector[2], toward);
    }
  }
  for (double& x : w) x = std::max(x, 0.0) * size;
  return {w, eigen3::turned(normal, toward)};
}

}  // namespace treewalk
