// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/geometry/box.h"
#include "core/scene/moments_kernel.h"

// How a cloud is normalised. Sums are added in pieces of so many points, and the pieces' in pieces of so
// many, so they have the same bits on every device and for any number of threads.
namespace treewalk {

struct PointPieces {
  static constexpr std::int64_t kPiece = 256;
  std::int64_t size;
  HD std::int64_t begin(std::int64_t piece) const { return piece * kPiece; }
  HD std::int64_t end(std::int64_t piece) const { return std::min(piece * kPiece + kPiece, size); }
  std::int64_t count() const { return (size + kPiece - 1) / kPiece; }
};

/// x -> axes (x - centre) * factor.
struct Similarity {
  std::array<Vector3, 3> axes;  ///< rows: the new x, y, z
  Vector3 centre;
  double factor;

  HD Vector3 turned(const Vector3& v) const { return {dot(axes[0], v), dot(axes[1], v), dot(axes[2], v)}; }
  /// Where nothing turns, axes are not read.
  HD Vector3 moved(const float* x, bool turns) const {
    Vector3 v{x[0] - centre[0], x[1] - centre[1], x[2] - centre[2]};
    if (turns) v = turned(v);
    for (double& to : v) to *= factor;
    return v;
  }
};

/// What normalises a cloud: first the turn to its principal axes, then the change of its place and size.
struct Normalisation {
  Similarity rotation, scaling;
};
constexpr int kNormalisationRecord = 26;
static_assert(sizeof(Normalisation) == kNormalisationRecord * sizeof(double), "a normalisation is read as numbers");

/// item = piece of the points: their moments.
struct MomentsOfPoints {
  static constexpr std::int64_t grain = 16;
  PointPieces pieces;
  const float* position;
  Moments* part;
  HD void operator()(std::int64_t piece) const {
    const float* first = position + 3 * pieces.begin(piece);
    PointSums sums;
    for (std::int64_t i = pieces.begin(piece); i < pieces.end(piece); ++i) {
      const float* p = position + 3 * i;
      sums.add({static_cast<double>(p[0]) - first[0], static_cast<double>(p[1]) - first[1],
                static_cast<double>(p[2]) - first[2]});
    }
    part[piece] = sums.moments({first[0], first[1], first[2]});
  }
};

/// item = piece of the parts.
struct AddMoments {
  static constexpr std::int64_t grain = 1;
  PointPieces pieces;
  const Moments* part;
  Moments* total;
  HD void operator()(std::int64_t piece) const {
    total[piece] = sum_of(part + pieces.begin(piece), pieces.end(piece) - pieces.begin(piece));
  }
};

/// One item: about the mean, to the axes by falling variance.
struct PrincipalAxes {
  static constexpr std::int64_t grain = 1;
  const Moments* all;
  Similarity* rotation;
  HD void operator()(std::int64_t) const {
    const Eigen3 eigen = symmetric_eigen(all->scatter);
    *rotation = {{eigen.vector[2], eigen.vector[1], eigen.vector[0]}, all->mean, 1};
  }
};

/// item = piece of the points: the sums of their cubes along the axes.
struct CubesOfPoints {
  static constexpr std::int64_t grain = 16;
  PointPieces pieces;
  const float* position;
  const Similarity* rotation;
  Vector3* part;
  HD void operator()(std::int64_t piece) const {
    const Similarity move = *rotation;
    Vector3 sum{0, 0, 0};
    for (std::int64_t i = pieces.begin(piece); i < pieces.end(piece); ++i) {
      const Vector3 v = move.moved(position + 3 * i, true);
      for (int a = 0; a < 3; ++a) sum[a] += v[a] * v[a] * v[a];
    }
    part[piece] = sum;
  }
};

/// item = piece of the parts.
struct AddCubes {
  static constexpr std::int64_t grain = 1;
  PointPieces pieces;
  const Vector3* part;
  Vector3* total;
  HD void operator()(std::int64_t piece) const {
    Vector3 sum{0, 0, 0};
    NO_UNROLL
    for (std::int64_t i = pieces.begin(piece); i < pieces.end(piece); ++i)
      for (int a = 0; a < 3; ++a) sum[a] += part[i][a];
    total[piece] = sum;
  }
};

/// One item: axes point to where the sum of cubes is positive.
struct OrientAxes {
  static constexpr std::int64_t grain = 1;
  const Vector3* cubes;
  Similarity* rotation;
  HD void operator()(std::int64_t) const {
    for (int a = 0; a < 3; ++a)
      if ((*cubes)[a] < 0)
        for (double& x : rotation->axes[a]) x = -x;
  }
};

/// One item: to the middle of the box over half its longest side.
struct ScaleToBox {
  static constexpr std::int64_t grain = 1;
  const double* box;  ///< [6]
  Similarity* scaling;
  HD void operator()(std::int64_t) const {
    const double radius = longest_side(box) / 2;
    for (int a = 0; a < 3; ++a) scaling->centre[a] = (box[a] + box[3 + a]) / 2;
    scaling->factor = radius > 0 ? 1 / radius : 1;
  }
};

/// item = point: its squared distance from the mean.
struct DistanceFromMean {
  static constexpr std::int64_t grain = 1 << 13;
  const float* position;
  const Moments* all;
  double* square;
  HD void operator()(std::int64_t i) const {
    const float* p = position + 3 * i;
    const Vector3 v{p[0] - all->mean[0], p[1] - all->mean[1], p[2] - all->mean[2]};
    square[i] = dot(v, v);
  }
};

/// One item: to the mean over the largest distance from it.
struct ScaleToSphere {
  static constexpr std::int64_t grain = 1;
  const Moments* all;
  const double* square;  ///< of the largest distance
  Similarity* scaling;
  HD void operator()(std::int64_t) const {
    const double radius = std::sqrt(*square);
    scaling->centre = all->mean;
    scaling->factor = radius > 0 ? 1 / radius : 1;
  }
};

/// item = point.
struct MovePoints {
  static constexpr std::int64_t grain = 1 << 13;
  const float* position;
  const Similarity* move;
  bool turns;
  float* to;
  HD void operator()(std::int64_t i) const {
    const Vector3 v = move->moved(position + 3 * i, turns);
    for (int a = 0; a < 3; ++a) to[3 * i + a] = static_cast<float>(v[a]);
  }
};

/// item = point.
struct TurnNormals {
  static constexpr std::int64_t grain = 1 << 13;
  const float* normal;
  const Similarity* rotation;
  float* to;
  HD void operator()(std::int64_t i) const {
    const float* n = normal + 3 * i;
    const Vector3 v = rotation->turned({n[0], n[1], n[2]});
    for (int a = 0; a < 3; ++a) to[3 * i + a] = static_cast<float>(v[a]);
  }
};

}  // namespace treewalk
