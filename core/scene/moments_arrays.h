// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>

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
static_assert(sizeof(Moments) == kMomentsRecord * sizeof(double), "moments are rows of a matrix of double");

/// What is known of the cells of one level, as pointers into LevelMoments (moments.h).
struct LevelArrays {
  std::int64_t size;
  double cell_size;
  std::array<std::int32_t, 3>* coordinate;  ///< cell (i,j,k) in units of cell_size
  Moments* raw;                             ///< of the cell's points
  Vector3* smooth_mean;                     ///< of the points of the cell and its siblings
  Vector3* eigenvalue;                      ///< of their covariance, ascending
  Vector3* normal;                          ///< unit, of their covariance
  HD Vector3 centre(std::int64_t cell) const {
    const std::array<std::int32_t, 3>& c = coordinate[cell];
    return {(c[0] + 0.5) * cell_size, (c[1] + 0.5) * cell_size, (c[2] + 0.5) * cell_size};
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
