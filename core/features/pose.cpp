// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/pose.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <cmath>

#include "core/features/eigen3_kernel.h"
#include "core/geometry/bounds.h"
#include "core/geometry/octree.h"

namespace treewalk {
namespace {

constexpr int kCurveDepth = 10;  // 1024 cells an axis: finer than thinned clouds are

using Axes = std::array<Vector3, 3>;  // rows: the new x, y, z

Vector3 mean_of(const float* position, std::int64_t size) {
  Vector3 sum{0, 0, 0};
  for (std::int64_t i = 0; i < size; ++i)
    for (int a = 0; a < 3; ++a) sum[a] += position[3 * i + a];
  for (double& x : sum) x /= static_cast<double>(size);
  return sum;
}

Axes principal_axes(const float* position, std::int64_t size, const Vector3& mean) {
  Symmetric3 scatter{0, 0, 0, 0, 0, 0};
  for (std::int64_t i = 0; i < size; ++i) {
    const double x = position[3 * i] - mean[0], y = position[3 * i + 1] - mean[1], z = position[3 * i + 2] - mean[2];
    scatter[0] += x * x, scatter[1] += x * y, scatter[2] += x * z;
    scatter[3] += y * y, scatter[4] += y * z, scatter[5] += z * z;
  }
  const Eigen3 eigen = symmetric_eigen(scatter);
  Axes axes{eigen.vector[2], eigen.vector[1], eigen.vector[0]};
  for (Vector3& axis : axes) {
    double third = 0;
    for (std::int64_t i = 0; i < size; ++i) {
      const double t =
          dot({position[3 * i] - mean[0], position[3 * i + 1] - mean[1], position[3 * i + 2] - mean[2]}, axis);
      third += t * t * t;
    }
    if (third < 0)
      for (double& x : axis) x = -x;
  }
  return axes;
}

Vector3 turned(const Axes& axes, const Vector3& v) { return {dot(axes[0], v), dot(axes[1], v), dot(axes[2], v)}; }

/// position <- axes (position - centre) * factor, and all that goes with it.
void move(PointSet& points, const Axes& axes, const Vector3& centre, double factor, bool turns) {
  auto moved = at::empty_like(points.position);
  const auto* from = points.position.const_data_ptr<float>();
  auto* to = moved.mutable_data_ptr<float>();
  const auto place = [&](const float* p) {
    Vector3 v{p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]};
    if (turns) v = turned(axes, v);
    for (double& x : v) x *= factor;
    return v;
  };
  for (std::int64_t i = 0; i < points.size(); ++i) {
    const Vector3 v = place(from + 3 * i);
    for (int a = 0; a < 3; ++a) to[3 * i + a] = static_cast<float>(v[a]);
  }
  points.position = moved;
  const Vector3 eye = place(points.viewpoint.data());
  for (int a = 0; a < 3; ++a) points.viewpoint[a] = static_cast<float>(eye[a]);
  points.scale /= factor;
  const auto normal = points.field.find("normal");
  if (!turns || normal == points.field.end()) return;
  auto turned_normal = at::empty_like(normal->second);
  const auto* n = normal->second.const_data_ptr<float>();
  auto* m = turned_normal.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < points.size(); ++i) {
    const Vector3 v = turned(axes, {n[3 * i], n[3 * i + 1], n[3 * i + 2]});
    for (int a = 0; a < 3; ++a) m[3 * i + a] = static_cast<float>(v[a]);
  }
  normal->second = turned_normal;
}

}  // namespace

at::Tensor thin(const at::Tensor& position, std::int64_t count) {
  const auto size = position.size(0);
  if (count >= size) return at::arange(size, at::kInt);
  const auto octree = build_octree(position, fit_grid(position, kCurveDepth), 1);
  const auto* order = octree.order.const_data_ptr<std::int32_t>();
  auto chosen = at::empty({count}, at::kInt);
  auto* to = chosen.mutable_data_ptr<std::int32_t>();
  for (std::int64_t i = 0; i < count; ++i) to[i] = order[(2 * i + 1) * size / (2 * count)];
  std::sort(to, to + count);
  return chosen;
}

PointSet subset(const PointSet& points, const at::Tensor& chosen) {
  PointSet part = points;
  part.position = points.position.index_select(0, chosen);
  for (auto& [name, values] : part.field) values = values.index_select(0, chosen);
  return part;
}

PointSet in_pose(const PointSet& points, const SceneOptions& options) {
  PointSet result = points;
  result.position = points.position.contiguous();
  for (auto& [name, values] : result.field) values = values.contiguous();
  const auto size = points.size();
  if (size == 0 || (options.normalise == "none" && options.frame == "input")) return result;
  const Axes upright{Vector3{1, 0, 0}, Vector3{0, 1, 0}, Vector3{0, 0, 1}};
  if (options.frame == "principal") {
    const auto* p = result.position.const_data_ptr<float>();
    const Vector3 mean = mean_of(p, size);
    move(result, principal_axes(p, size, mean), mean, 1, true);
  }
  if (options.normalise == "none") return result;
  const auto* p = result.position.const_data_ptr<float>();
  Vector3 centre{0, 0, 0};
  double radius = 0;
  if (options.normalise == "box") {
    const Bounds box = parallel_bounds(p, size);
    for (int a = 0; a < 3; ++a) centre[a] = box.middle(a);
    radius = box.longest_side() / 2;
  } else {
    centre = mean_of(p, size);
    for (std::int64_t i = 0; i < size; ++i)
      radius = std::max(radius, std::hypot(p[3 * i] - centre[0], p[3 * i + 1] - centre[1], p[3 * i + 2] - centre[2]));
  }
  move(result, upright, centre, radius > 0 ? 1 / radius : 1, false);
  return result;
}

}  // namespace treewalk
