// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

#include "core/geometry/bounds.h"
#include "treewalk/cloud.h"

namespace treewalk {

/// The points of a cloud with three finite coordinates.
struct FinitePoints {
  at::Tensor position;             ///< [n,3] float32 when all three fields are, else float64
  std::vector<std::int32_t> kept;  ///< [n] index in the cloud
};

/// subset: indices into the cloud, within it, whose order is kept; null: all points. Throws Error for a cloud without
/// x, y and z.
FinitePoints finite_points(const CloudView& cloud, const std::vector<std::int32_t>* subset = nullptr);

/// Some of them: `place` counts from 0 to n - 1, ascending.
FinitePoints some_of(const FinitePoints& points, const std::vector<std::int32_t>& place);

/// Coordinates times a factor for each axis, in float64; as they are where all are 1.
at::Tensor scaled(const at::Tensor& position, const std::array<double, 3>& scale);

/// [n,3] float32: positions, float32 or float64, relative to an origin that is subtracted in float64. box: theirs.
/// step > 0, a power of two: the nearest multiples of it first.
/// Throws Error for positions that reach further from the origin than a quarter of float32's range.
at::Tensor relative_to(const std::array<double, 3>& origin, const at::Tensor& position, const Bounds& box,
                       double step = 0);

/// float32 positions as they are, others relative to their minimum, which keeps georeferenced ones exact enough.
struct SinglePrecision {
  at::Tensor position;                    ///< [n,3] float32
  std::array<double, 3> origin{0, 0, 0};  ///< what was subtracted
};
SinglePrecision single_precision(const at::Tensor& position);

}  // namespace treewalk
