// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/features/cells_kernel.h"
#include "core/scene/moments_kernel.h"

namespace treewalk {

/// The plane that most leaf cells lie on, as a point and a unit normal. Height of x: (x - point) . normal.
struct DominantPlane {
  Vector3 point{0, 0, 0};
  Vector3 normal{0, 0, 1};
  HD double height(const Vector3& x) const { return dot({x[0] - point[0], x[1] - point[1], x[2] - point[2]}, normal); }
};

HD inline Vector3 direction_to_eye(const Vector3& point, const Orientation& orientation) {
  const Vector3 eye = orientation.eye();
  return {eye[0] - point[0], eye[1] - point[1], eye[2] - point[2]};
}

/// Kinect-like noise grows with the square of the range; this height is of the order of that noise.
HD inline double noise_height(const Vector3& x, const Orientation& orientation) {
  const Vector3 d = direction_to_eye(x, orientation);
  return std::max(0.01 * dot(d, d), 1e-9);
}

/// item = probe: the mean of one of `probes` equally spaced leaves.
struct TakeProbes {
  static constexpr std::int64_t grain = 2048;
  LevelArrays leaves;
  std::int64_t probes;
  Vector3* probe;
  HD void operator()(std::int64_t i) const { probe[i] = leaves.raw[i * leaves.size / probes].mean; }
};

/// item = hypothesis, the tangent plane of one of `hypotheses` equally spaced leaves: how many probes lie on it.
struct ScorePlanes {
  static constexpr std::int64_t grain = 8;
  LevelArrays leaves;
  const Vector3* probe;
  std::int64_t hypotheses, probes;
  std::int64_t* score;

  HD DominantPlane plane(std::int64_t i) const {
    const std::int64_t cell = i * leaves.size / hypotheses;
    return {leaves.smooth_mean[cell], leaves.normal[cell]};
  }
  HD void operator()(std::int64_t i) const {
    const DominantPlane tangent = plane(i);
    std::int64_t near = 0;
    for (std::int64_t k = 0; k < probes; ++k) near += std::abs(tangent.height(probe[k])) < leaves.cell_size;
    score[i] = near;
  }
};

/// One item: the first of the best.
struct ChoosePlane {
  static constexpr std::int64_t grain = 1;
  ScorePlanes planes;
  DominantPlane* best;
  HD void operator()(std::int64_t) const {
    *best = DominantPlane();
    std::int64_t most = -1;
    for (std::int64_t i = 0; i < planes.hypotheses; ++i)
      if (planes.score[i] > most) {
        most = planes.score[i];
        *best = planes.plane(i);
      }
  }
};

/// item = piece of the leaves: mean and scatter of their means within `limit` of the plane, each cell counted once.
struct NearPlane {
  static constexpr std::int64_t grain = 1, kPiece = 4096;
  LevelArrays leaves;
  const DominantPlane* plane;
  double limit;
  Moments* part;

  HD void operator()(std::int64_t piece) const {
    const DominantPlane near = *plane;
    PointSums sums;
    const std::int64_t end = piece * kPiece + kPiece < leaves.size ? piece * kPiece + kPiece : leaves.size;
    for (std::int64_t c = piece * kPiece; c < end; ++c) {
      const Vector3& m = leaves.raw[c].mean;
      const Vector3 d{m[0] - near.point[0], m[1] - near.point[1], m[2] - near.point[2]};
      if (std::abs(dot(d, near.normal)) < limit) sums.add(d);
    }
    part[piece] = sums.moments(near.point);
  }
};

/// One item: the plane that fits the pieces together, unless they hold fewer than 3 cells.
struct RefitPlane {
  static constexpr std::int64_t grain = 1;
  const Moments* part;
  std::int64_t pieces;
  Orientation orientation;
  DominantPlane* plane;

  HD void operator()(std::int64_t) const {
    const Moments near = sum_of(part, pieces);
    if (near.count < 3) return;
    const Vector3 up{0, 0, 1};
    plane->point = near.mean;
    plane->normal = fit_plane(near.covariance(), orientation.up ? up : direction_to_eye(near.mean, orientation)).normal;
  }
};

/// Columns of "plane".
struct PlaneRow {
  const DominantPlane* plane;
  double leaf;
  Orientation orientation;
  HD void operator()(const CellsArrays& cells, int l, std::int64_t c, float* to) const {
    const Vector3& mean = cells.level[l].raw[c].mean;
    const double h = plane->height(mean);
    to[0] = static_cast<float>(0.3 * std::clamp(h / leaf, -6.0, 6.0));
    to[1] = static_cast<float>(std::clamp(h / 0.1, -2.0, 2.0));
    to[2] = static_cast<float>(0.3 * std::clamp(h / noise_height(mean, orientation), -6.0, 6.0));
    to[3] = static_cast<float>(dot(cells.level[l].normal[c], plane->normal));
  }
};

/// item = point: its columns of "plane_height".
struct PlanePoints {
  static constexpr std::int64_t grain = 8192;
  const float* position;
  const DominantPlane* plane;
  double leaf;
  Orientation orientation;
  float* to;
  std::int64_t stride;
  HD void operator()(std::int64_t i) const {
    const Vector3 x{position[3 * i], position[3 * i + 1], position[3 * i + 2]};
    const double h = plane->height(x);
    to[i * stride] = static_cast<float>(0.3 * std::clamp(h / leaf, -6.0, 6.0));
    to[i * stride + 1] = static_cast<float>(0.3 * std::clamp(h / noise_height(x, orientation), -6.0, 6.0));
  }
};

}  // namespace treewalk
