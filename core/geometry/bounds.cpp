// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/bounds.h"

#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include "core/device/in_out.h"

namespace treewalk {

at::Tensor corners_of_points(const at::Tensor& points) {
  if (points.is_cpu()) {  // three columns are slow going for amin and amax there
    const Bounds box = bounds_of_points(points);
    const at::Tensor corners = at::empty({6}, at::kDouble);
    double* const to = out(corners);
    std::copy(box.upper.begin(), box.upper.end(), std::copy(box.lower.begin(), box.lower.end(), to));
    if (box.finite) return corners;
  }
  return at::cat({points.amin(0), points.amax(0)}).to(at::kDouble);  // amin and amax hand on NaN
}

Bounds bounds_of_corners(const double* corners) {
  Bounds bounds{{corners[0], corners[1], corners[2]}, {corners[3], corners[4], corners[5]}};
  for (int i = 0; i < 6; ++i) bounds.finite = bounds.finite && std::isfinite(corners[i]);
  return bounds;
}

Bounds bounds_of_points(const at::Tensor& points) {
  if (!points.is_cpu() && points.size(0) > 0) {
    const at::Tensor corners = corners_of_points(points).cpu();
    return bounds_of_corners(corners.const_data_ptr<double>());
  }
  if (points.size(0) == 0) return bounds_of<double>(nullptr, 0, 0);
  return points.scalar_type() == at::kFloat ? parallel_bounds(points.const_data_ptr<float>(), points.size(0))
                                            : parallel_bounds(points.const_data_ptr<double>(), points.size(0));
}

}  // namespace treewalk
