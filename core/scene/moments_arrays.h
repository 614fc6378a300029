// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/scene/eigen3_arrays.h"

namespace treewalk {

/// Count, mean and scatter of a set of points, in double. Sets are added by the parallel-axis rule, so coarser cells
/// and neighbourhoods follow from the leaves, and no precision is lost far from the origin.
struct Moments {
  double count = 0;
  Vector3 mean{0, 0, 0};
  Symmetric3 scatter{0, 0, 0, 0, 0, 0};  ///< sum of (x - mean)(x - mean)^T
  /// scatter / count; zero without points.
  HD Symmetric3 covariance() const {
    Symmetric3 result{0, 0, 0, 0, 0, 0};
    if (count > 0)
      for (int i = 0; i < 6; ++i) result[i] = scatter[i] / count;
    return result;
  }
};
constexpr int kMomentsRecord = 10;

/// The greatest whole number that is not above x. For many CPUs std::floor is a call to a library.
HD inline double floor_of(double x) {
  const double size = std::fabs(x);
  double near = x;
  if (size < 0x1p51) {
    constexpr double kShift = 0x1.8p52;  // adding it leaves no digit behind the point
    near = (x + kShift) - kShift;
  } else if (size < 0x1p53) {
    near = static_cast<double>(static_cast<std::int64_t>(x));
  }
  // The sign, as a number: a branch would be taken every other time, unforeseen.
  const double rest = (x - near) + 0.0;  // -0 becomes 0
  std::int64_t bits;
  std::memcpy(&bits, &rest, sizeof bits);
  return near + static_cast<double>(bits >> 63);
}

/// 1 / x of a power of two.
HD inline double inverse_of(double x) {
  std::uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits = 0x7fe0000000000000 - bits;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// The nearest multiple of a power of two, of two the higher; 0: x itself. What is made of such multiples is exact, and
/// so the same bits wherever the zero lies.
HD inline double on_lattice(double x, double step) {
  return step > 0 ? floor_of(x * inverse_of(step) + 0.5) * step : x;
}

static_assert(sizeof(Moments) == kMomentsRecord * sizeof(double), "moments are rows of a matrix of double");

/// What is known of the cells of one level, as pointers into LevelMoments (moments.h).
struct LevelArrays {
  std::int64_t size;
  double cell_size;
  double step;                              ///< of the lattice on which centres and means lie; 0: any
  Vector3 base;                             ///< Grid::base, of this level's cells
  Vector3 zero;                             ///< where positions count from
  std::array<std::int32_t, 3>* coordinate;  ///< cell (i,j,k) of the level, beside the base
  Moments* raw;                             ///< of the cell's points
  Vector3* smooth_mean;                     ///< of the points of the cell and its siblings
  Vector3* eigenvalue;                      ///< of their covariance, ascending
  Vector3* normal;                          ///< unit, of their covariance
  HD Vector3 centre(std::int64_t cell) const {
    Vector3 place;
    for (int a = 0; a < 3; ++a)
      place[a] = on_lattice((base[a] + (coordinate[cell][a] + 0.5)) * cell_size, step) - zero[a];
    return place;
  }
};

/// Where normals point to: `up` +z, else the viewpoint (relative to the grid's origin), or `outward`, away from it.
struct Orientation {
  bool up = false;
  Vector3 viewpoint{0, 0, 0};
  bool outward = false;
  /// The viewpoint is the mean of this record on the scene's device, where given.
  const Moments* middle = nullptr;
  HD Vector3 eye() const {
    Vector3 place = viewpoint;
    if (middle) place = middle->mean;
    return place;
  }
};

}  // namespace treewalk
