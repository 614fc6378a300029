// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace treewalk::sequoia_reference {

/// Points on the surface of a solid, as a classification data set holds them.
struct Surface {
  at::Tensor position;  ///< [N,3] float32, centroid at the origin, farthest point at distance 1
  at::Tensor normal;    ///< [N,3] float32, unit length, outwards
};

constexpr int kSurfaceKinds = 4;

/// Random points on an ellipsoid, torus, box or wavy ball (kind 0..3) with random proportions and orientation.
/// The same for the same arguments on every machine, up to rounding in the standard library's functions.
Surface made_up_surface(int kind, std::int64_t points, std::uint64_t seed);

}  // namespace treewalk::sequoia_reference
