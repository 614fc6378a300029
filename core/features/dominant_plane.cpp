// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/dominant_plane.h"

#include "core/features/cells.h"
#include "core/features/modules.h"

namespace treewalk {
namespace {

constexpr std::int64_t kHypotheses = 96, kSample = 1500, kPiece = 4096;

// The mean and scatter of the leaf means within `limit` of the plane, each cell counted once.
Moments near_plane(const LevelMoments& leaves, const DominantPlane& plane, double limit) {
  const std::int64_t pieces = (leaves.size() + kPiece - 1) / kPiece;
  std::vector<Moments> part(pieces);
  parallel_pieces(leaves.size(), kPiece, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
    Vector3 sum{0, 0, 0};
    Symmetric3 square{0, 0, 0, 0, 0, 0};
    double count = 0;
    for (std::int64_t c = begin; c < end; ++c) {
      const Vector3& m = leaves.raw[c].mean;
      const Vector3 d{m[0] - plane.point[0], m[1] - plane.point[1], m[2] - plane.point[2]};
      if (!(std::abs(dot(d, plane.normal)) < limit)) continue;
      count += 1;
      for (int a = 0; a < 3; ++a) sum[a] += d[a];
      square[0] += d[0] * d[0], square[1] += d[0] * d[1], square[2] += d[0] * d[2];
      square[3] += d[1] * d[1], square[4] += d[1] * d[2], square[5] += d[2] * d[2];
    }
    if (count == 0) return;
    Moments& m = part[piece];
    m.count = count;
    const Vector3 mean{sum[0] / count, sum[1] / count, sum[2] / count};
    for (int a = 0; a < 3; ++a) m.mean[a] = plane.point[a] + mean[a];
    m.scatter = {square[0] - sum[0] * mean[0], square[1] - sum[0] * mean[1], square[2] - sum[0] * mean[2],
                 square[3] - sum[1] * mean[1], square[4] - sum[1] * mean[2], square[5] - sum[2] * mean[2]};
  });
  return sum_of(part.data(), nullptr, pieces);
}

Vector3 reference_at(const Vector3& point, const Orientation& orientation) {
  if (orientation.up) return {0, 0, 1};
  return {orientation.viewpoint[0] - point[0], orientation.viewpoint[1] - point[1],
          orientation.viewpoint[2] - point[2]};
}

// Kinect-like noise grows with the square of the range; this height is of the order of that noise.
double noise_height(const Vector3& x, const Orientation& orientation) {
  const Vector3 d = reference_at(x, {false, orientation.viewpoint});
  return std::max(0.01 * dot(d, d), 1e-9);
}

/// "plane" (4): with h the height of the cell's mean over the dominant plane, s0 the leaf size and r the range,
/// 0.3 clip(h / s0, -6, 6), clip(h / 0.1 m, -2, 2), 0.3 clip(h / (0.01 r^2), -6, 6), normal . normal of the plane.
class Plane : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 4; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const double leaf = input.moments.level[0].cell_size;
    const DominantPlane plane = dominant_plane(input.moments.level[0], input.orientation);
    for_each_cell(input, output, [&](int l, std::int64_t c, float* to) {
      const LevelMoments& level = input.moments.level[l];
      const double h = plane.height(level.raw[c].mean);
      to[0] = static_cast<float>(0.3 * std::clamp(h / leaf, -6.0, 6.0));
      to[1] = static_cast<float>(std::clamp(h / 0.1, -2.0, 2.0));
      to[2] = static_cast<float>(0.3 * std::clamp(h / noise_height(level.raw[c].mean, input.orientation), -6.0, 6.0));
      to[3] = static_cast<float>(dot(level.normal[c], plane.normal));
    });
  }
};

/// "plane_height", for points (2): 0.3 clip(h / s0, -6, 6), 0.3 clip(h / (0.01 r^2), -6, 6), as in "plane".
class PlaneHeight : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 0; }
  std::vector<std::string> point_column_names() const override { return {"cells", "noise"}; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const double leaf = input.moments.level[0].cell_size;
    const DominantPlane plane = dominant_plane(input.moments.level[0], input.orientation);
    const float* position = input.scene.position.const_data_ptr<float>();
    parallel_pieces(input.scene.size(), 8192, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const Vector3 x{position[3 * i], position[3 * i + 1], position[3 * i + 2]};
        const double h = plane.height(x);
        float* to = output.point + i * output.point_stride;
        to[0] = static_cast<float>(0.3 * std::clamp(h / leaf, -6.0, 6.0));
        to[1] = static_cast<float>(0.3 * std::clamp(h / noise_height(x, input.orientation), -6.0, 6.0));
      }
    });
  }
};

}  // namespace

DominantPlane dominant_plane(const LevelMoments& leaves, const Orientation& orientation) {
  DominantPlane best;
  const std::int64_t n = leaves.size();
  if (n == 0) return best;
  const double leaf = leaves.cell_size;
  const std::int64_t hypotheses = std::min(n, kHypotheses), sample = std::min(n, kSample);
  std::vector<Vector3> probe(sample);
  for (std::int64_t i = 0; i < sample; ++i) probe[i] = leaves.raw[i * n / sample].mean;
  std::int64_t most = -1;
  for (std::int64_t i = 0; i < hypotheses; ++i) {
    const std::int64_t cell = i * n / hypotheses;
    const DominantPlane plane{leaves.smooth_mean[cell], leaves.normal[cell]};
    std::int64_t score = 0;
    for (const Vector3& x : probe) score += std::abs(plane.height(x)) < leaf;
    if (score > most) {
      most = score;
      best = plane;
    }
  }
  for (const double share : {1.0, 0.7, 0.5, 0.5}) {
    const Moments near = near_plane(leaves, best, share * leaf);
    if (near.count < 3) continue;
    best.point = near.mean;
    best.normal = fit_plane(near.covariance(), reference_at(near.mean, orientation)).normal;
  }
  return best;
}

const Feature& plane_feature() {
  static const Plane module;
  return module;
}

const Feature& plane_height_feature() {
  static const PlaneHeight module;
  return module;
}

}  // namespace treewalk
